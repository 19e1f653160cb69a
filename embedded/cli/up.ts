// `make up`: brings the whole platform up and runs a first workload.
import { readFileSync } from "node:fs";
import { sampleSite } from "../../examples/site/manifests.ts";
import { type BuildName, signingImages, telemetryImages, uncompiledImages } from "../images/images.ts";
import { unpackLayers } from "../node/layers.ts";
import { apply, kubectl } from "./cluster.ts";
import { consoleUrl } from "./console.ts";
import { costLines } from "./cost.ts";
import { holding } from "./hold.ts";
import {
  beginFirstRun,
  endFirstRun,
  importImages,
  instanceName,
  isInFirstRun,
  type Node,
  startNode,
} from "./instance.ts";
import { checksSignatures, deploy, hasTelemetry, stackComponents, unusedImages } from "./program.ts";
import { checkRoom } from "./room.ts";
import { parseWorkload, readArtifact, runWorkload, timeline, type Workload } from "./sample.ts";
import { imagesArePulled, type Prepared, setupSteps } from "./setup.ts";
import { publishImages } from "./signed-images.ts";
import { runSteps, type Step, seconds } from "./tasks.ts";

/** A running platform. */
export interface Platform extends Node {
  prepared: Prepared;
  outputs: Record<string, unknown>;
}

/**
 * The steps from a bare machine to a platform with all objects ready. If `without` leaves out images that check signatures,
 * tenants run only the images of this build instead of signed ones; if it leaves out images of telemetry, there is none.
 */
export function platformSteps(platform: Partial<Platform>, without: readonly BuildName[] = []): (Step | Step[])[] {
  const signed = !without.some((name) => signingImages.includes(name));
  const telemetry = !without.some((name) => telemetryImages.includes(name));
  const prepared: Partial<Prepared> = {};
  // The registry is part of the platform: if the platform fails, waiting for the registry ends.
  const failed = new AbortController();
  return [
    ...setupSteps(prepared, [...without, ...unusedImages()]),
    [
      {
        title: "Node",
        run: async (progress) => {
          platform.prepared = prepared as Prepared;
          if (!signed) beginFirstRun();
          const node = await startNode(progress);
          Object.assign(platform, node);
          return `ready as instance '${instanceName}'`;
        },
      },
      {
        title: "Image layers",
        run: async (progress) => {
          const layers = (prepared as Prepared).images.archives.flatMap(({ layers = [] }) => layers);
          const count = await unpackLayers(layers, progress);
          return count === 0 ? "skipped: all unpacked" : `${count} unpacked`;
        },
      },
    ],
    {
      title: "Image import",
      run: async (progress) => await importImages((prepared as Prepared).images.archives, progress),
    },
    [
      {
        title: "Platform",
        run: async (progress) => {
          try {
            // Set before the objects that check signatures exist: a run that is interrupted after this is no longer a first run.
            if (signed) endFirstRun();
            const summary = await deploy(platform as Platform, progress, { signing: signed, telemetry });
            platform.outputs = summary.outputs;
            return summary.text;
          } catch (error) {
            failed.abort(new Error("the platform, and so its registry, did not come up"));
            throw error;
          }
        },
      },
      {
        title: "Signed images",
        run: async (progress) => {
          if (!signed) return "later: the programs that check signatures are compiled after the first report";
          return stackComponents().registry?.enabled
            ? await publishImages(platform as Platform, (prepared as Prepared).images, progress, failed.signal)
            : "skipped: the stack has no registry";
        },
      },
    ],
  ];
}

/** Brings everything up, runs the sample (or the WORKLOAD file) and prints the results and the next commands. */
export async function up(): Promise<void> {
  const file = process.env.WORKLOAD || "examples/visual-analysis.yaml";
  // A file that can't be read is refused before anything starts.
  const manifests = parseWorkload(read(file), file);
  await holding(instanceName, async () => await bringUp(manifests), console.log);
}

async function bringUp(manifests: ReturnType<typeof parseWorkload>): Promise<void> {
  const started = performance.now();
  const platform: Partial<Platform> = {};
  let workload: Workload | undefined;
  // An instance that has checked signatures before keeps doing so, even if programs must be compiled for it.
  const laterImages = [...(checksSignatures() ? signingImages : []), ...(hasTelemetry() ? telemetryImages : [])];
  const later = isInFirstRun() && !imagesArePulled() ? await uncompiledImages(laterImages) : [];
  const steps = platformSteps(platform, later);
  if (!process.env.WORKLOAD)
    steps.push({
      title: "Sample site",
      run: async () => {
        const cluster = platform as Platform;
        await apply(cluster, sampleSite({ image: cluster.prepared.images.own.agents }));
        await kubectl(cluster, ["rollout", "status", "-n", "sample-site", "deployment", "--timeout=120s"]);
        return "serving";
      },
    });
  steps.push({
    title: `Workload ${manifests.workload.metadata.name}`,
    run: async (progress) => {
      workload = await runWorkload(platform as Platform, manifests, progress);
      return workload.status?.phase;
    },
  });
  await runSteps([{ title: "Room", run: checkRoom }, ...steps]);
  if (workload) await tell(platform as Platform, workload);
  if (later.length > 0) {
    console.log(
      `\nThe report is ready after ${seconds(started)}. The programs of ${later.join(", ")} are next: until then tenants run only the images built here, and nothing collects metrics.\n`,
    );
    await runSteps(platformSteps(platform));
  }
  if (hasTelemetry())
    console.log(
      `\nMetrics answer PromQL at ${loopback((platform as Platform).metricsPort)}, traces Jaeger's API at ${loopback((platform as Platform).tracesPort)}: docs/observability.md says how to ask.`,
    );
  const url = await consoleUrl(platform as Platform);
  if (url) console.log(`\nThe console is at ${url}: make console opens it, signed in as the demo user.`);
  console.log(`\nAll in ${seconds(started)}. Next: eval "$(make -s env)" and kubectl; make status; make down.`);
  if (workload?.status?.phase !== "Completed") process.exitCode = 1;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new Error(
      `WORKLOAD=${file} can't be read: name a file with one AgentWorkload, such as examples/visual-analysis.yaml`,
    );
  }
}

/** A port of this machine that leads to a service. */
const loopback = (port: number): string => `https://127.0.0.1:${port}`;

async function tell(platform: Platform, workload: Workload): Promise<void> {
  const { name, namespace = "" } = workload.metadata;
  console.log("\nServices (each by a forwarded port of this machine)");
  for (const [service, command] of services) console.log(`  ${service.padEnd(22)} ${command}`);
  console.log(`\nWorkload ${namespace}/${name}: ${workload.status?.phase} ${workload.status?.message ?? ""}`);
  for (const line of await timeline(platform, workload)) console.log(`  ${line}`);
  const costs = await costLines(platform, workload);
  if (costs.length > 0) console.log("\nCost");
  for (const line of costs) console.log(`  ${line}`);
  const artifacts = Object.entries(workload.status?.workflowArtifacts ?? {});
  if (artifacts.length > 0) console.log("\nArtifacts");
  for (const [artifact, uri] of artifacts) console.log(`  ${artifact.padEnd(22)} ${uri}`);
  if (workload.status?.workflowArtifacts?.report) {
    const text = (await readArtifact(platform, workload, "report")).toString();
    console.log(`\n${text.split("\n").slice(0, 12).join("\n").trimEnd()}\n…`);
  }
}

const services = [
  ["Object store console", "kubectl -n shared-services port-forward svc/minio 9001"],
  ["Object store (S3)", "kubectl -n shared-services port-forward svc/minio 9000"],
  ["Model gateway", "kubectl -n shared-services port-forward svc/litellm 4000"],
  ["Browser", "kubectl -n shared-services port-forward svc/browserless 3000"],
  ["Postgres", "kubectl -n shared-services port-forward svc/postgres 5432"],
  ["Webhook for events", "kubectl -n argo-events port-forward svc/webhook 12000"],
] as const;
