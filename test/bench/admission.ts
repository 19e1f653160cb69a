// Times the making of pods in a tenant's namespace with the image policies and without them, on the embedded node, and the sample. Prints
// milliseconds, and the policies' share of the sample's time.
import { readFileSync } from "node:fs";
import { join } from "node:path";

process.env.INSTANCE = "bench";
// The instance's name is read as the modules load.
const { wipe } = await import("../../embedded/cli/instance.ts");
const { platformSteps } = await import("../../embedded/cli/up.ts");
const { runSteps } = await import("../../embedded/cli/tasks.ts");
const { apply, kubectl, get } = await import("../../embedded/cli/cluster.ts");
const { parseWorkload, runWorkload } = await import("../../embedded/cli/sample.ts");
const { machineKey, openRegistry } = await import("../../embedded/cli/signed-images.ts");
const { sampleSite } = await import("../../examples/site/manifests.ts");
const { registryHost } = await import("../../components/data/registry-names.ts");
const { INCLUDE_LABEL } = await import("@agentic/api/admission.ts");
const { claimsAbout } = await import("../../embedded/images/attest/claims.ts");
const { attestImage } = await import("../../embedded/images/publish/attestations.ts");
const { manifestType, signImage } = await import("../../embedded/images/publish/signing.ts");
const { repositoryOf } = await import("../../embedded/images/publish/publish.ts");
const { sha256 } = await import("../../embedded/images/store.ts");
const { Client } = await import("../../kube/client/client.ts");
const { connectionOf } = await import("../../kube/kubeconfig/connection.ts");

const samples = Number(process.env.SAMPLES ?? 200);
const namespace = "tenant-demo";
const file = join(import.meta.dirname, "../../examples/visual-analysis.yaml");

const pod = (images: readonly string[]) => ({
  metadata: { generateName: "bench-", namespace },
  spec: {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: images.map((image, i) => ({
      ...{
        name: `c${i}`,
        image,
        resources: { requests: { cpu: "1m", memory: "1Mi" }, limits: { cpu: "1m", memory: "1Mi" } },
      },
      securityContext: {
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
      },
    })),
  },
});

try {
  const started: Partial<import("../../embedded/cli/up.ts").Platform> = {};
  await runSteps(platformSteps(started));
  const platform = started as import("../../embedded/cli/up.ts").Platform;
  const agents = platform.prepared.images.tenantImages.agents;
  if (!agents) throw new Error("there is no image of the agents");
  const name = `${registryHost}/${repositoryOf(agents.ref)}`;
  const variants: string[] = [];
  {
    await using opened = await openRegistry(platform);
    const registry = opened.client;
    const repository = repositoryOf(agents.ref);
    const manifest = JSON.parse(String(await registry.manifest(repository, agents.digest)));
    for (let i = 0; i < samples; i++) {
      const bytes = Buffer.from(JSON.stringify({ ...manifest, annotations: { "agentic.io/bench": String(i) } }));
      const image = { registry, repository, digest: `sha256:${sha256(bytes)}`, name };
      await registry.putManifest(repository, image.digest, manifestType, bytes);
      await signImage(image, machineKey());
      await attestImage(image, machineKey(), claimsAbout(agents));
      variants.push(`${name}@${image.digest}`);
    }
  }
  const client = new Client(connectionOf({ kubeconfig: readFileSync(platform.kubeconfig, "utf8") }));
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const signed = `${name}@${agents.digest}`;
  // Dry runs pass all admission, and leave no pod that would have to be run.
  const make = async (images: readonly string[]) => {
    const before = performance.now();
    await client.create(path, pod(images), { query: { dryRun: "All" } });
    return performance.now() - before;
  };
  const times = async (images: (i: number) => readonly string[], warm = true) => {
    for (let i = 0; warm && i < 20; i++) await make(images(0));
    const all: number[] = [];
    for (let i = 0; i < samples; i++) all.push(await make(images(i)));
    return all.toSorted((a, b) => a - b);
  };
  const rank = (sorted: readonly number[], part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  const report = (what: string, sorted: readonly number[]) =>
    console.log(
      `${what.padEnd(44)} p50 ${rank(sorted, 0.5).toFixed(1)} ms, p99 ${rank(sorted, 0.99).toFixed(1)} ms (${sorted.length})`,
    );

  const seen = await times(() => [signed]);
  // Each of them is asked for the first time.
  const unseen = await times((i) => [variants[i] ?? ""], false);
  const three = await times(() => [signed, signed, variants[0] ?? ""]);
  await kubectl(platform, ["label", "namespace", namespace, `${INCLUDE_LABEL}-`]);
  const without = await times(() => [signed]);
  await kubectl(platform, ["label", "namespace", namespace, `${INCLUDE_LABEL}=true`]);
  report("pod, no image policy", without);
  report("pod, image that was asked for before", seen);
  report("pod, each of another image", unseen);
  report("pod of three containers", three);

  await apply(platform, sampleSite({ image: platform.prepared.images.own.agents }));
  await kubectl(platform, ["rollout", "status", "-n", "sample-site", "deployment", "--timeout=120s"]);
  const runs: number[] = [];
  let pods = 0;
  for (let run = 0; run < 3; run++) {
    const before = performance.now();
    const { status } = await runWorkload(platform, parseWorkload(readFileSync(file, "utf8"), file), () => {});
    runs.push(performance.now() - before);
    const { name: workflow = "" } = status?.argoWorkflow ?? {};
    const nodes = ((await get(platform, "workflow", workflow, namespace))?.status?.nodes ?? {}) as Record<
      string,
      { type: string }
    >;
    pods = Object.values(nodes).filter(({ type }) => type === "Pod").length;
  }
  const sample = rank(
    runs.toSorted((a, b) => a - b),
    0.5,
  );
  const cost = pods * (rank(seen, 0.5) - rank(without, 0.5));
  console.log(
    `sample: ${pods} pods in ${(sample / 1000).toFixed(1)} s, of that the policies ${cost.toFixed(0)} ms, ${((100 * cost) / sample).toFixed(1)} %`,
  );
} finally {
  await wipe();
}
