// What telemetry costs: the sample's time with it and without it, by turns, and its memory and processor time at rest. Prints medians.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { NAMESPACES } from "@agentic/api/names.ts";
import { cpuOf, memoryOf } from "./lib/process.ts";
import { median } from "./lib/statistics.ts";

process.env.INSTANCE = "bench";
// The instance's name is read as the modules load.
const { wipe } = await import("../../embedded/cli/instance.ts");
const { platformSteps } = await import("../../embedded/cli/up.ts");
const { deploy } = await import("../../embedded/cli/program.ts");
const { runSteps } = await import("../../embedded/cli/tasks.ts");
const { apply, kubectl, list } = await import("../../embedded/cli/cluster.ts");
const { parseWorkload, runWorkload } = await import("../../embedded/cli/sample.ts");
const { sampleSite } = await import("../../examples/site/manifests.ts");

const rounds = Number(process.env.RUNS ?? 4);
/** Seconds at rest. */
const REST = 60;
const file = join(import.meta.dirname, "../../examples/visual-analysis.yaml");
const sample = parseWorkload(readFileSync(file, "utf8"), file);
const times: Record<"with" | "without", number[]> = { with: [], without: [] };

/** Processes in the pods of a namespace, by their command. */
async function processesIn(platform: import("../../embedded/cli/up.ts").Platform, namespace: string) {
  const pods = (await list(platform, "pods", namespace)).map(({ metadata }) => metadata.uid ?? "");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const cgroup = readFileSync(`/proc/${pid}/cgroup`, "utf8");
        const inPod = pods.some((uid) => cgroup.includes(uid) || cgroup.includes(uid.replaceAll("-", "_")));
        const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
        return inPod && name !== "pause" ? [{ pid: Number(pid), name }] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

try {
  const found: Partial<import("../../embedded/cli/up.ts").Platform> = {};
  await runSteps(platformSteps(found));
  const platform = found as import("../../embedded/cli/up.ts").Platform;
  await apply(platform, sampleSite({ image: platform.prepared.images.own.agents }));
  await kubectl(platform, ["rollout", "status", "-n", "sample-site", "deployment", "--timeout=120s"]);
  // Once unmeasured: the first run of an instance finds nothing in the kernel's caches.
  await runWorkload(platform, sample, () => {});
  for (let round = 0; round < rounds; round++)
    for (const kind of ["without", "with"] as const) {
      await deploy(platform, () => {}, { signing: true, telemetry: kind === "with" });
      await sleep(5000);
      for (let run = 0; run < 2; run++) {
        const started = performance.now();
        await runWorkload(platform, sample, () => {});
        times[kind].push((performance.now() - started) / 1000);
      }
    }
  const processes = await processesIn(platform, NAMESPACES.observability);
  const before = processes.map(({ pid }) => cpuOf(pid));
  await sleep(REST * 1000);
  for (const [kind, all] of Object.entries(times))
    console.log(
      `sample ${kind.padEnd(8)} telemetry: median ${median(all).toFixed(1)} s of ${all.map((value) => value.toFixed(1)).join(", ")}`,
    );
  console.log(`ratio ${(median(times.with) / median(times.without)).toFixed(3)} (aim 1.05)`);
  let memory = 0;
  let cpu = 0;
  for (const [index, { pid, name }] of processes.entries()) {
    const used = (cpuOf(pid) - (before[index] ?? 0)) / REST;
    memory += memoryOf(pid).now;
    cpu += used;
    console.log(
      `${name.padEnd(14)} ${memoryOf(pid).now.toFixed(0)} MiB, ${(used * 100).toFixed(2)} % of a core at rest`,
    );
  }
  console.log(`together ${memory.toFixed(0)} MiB (aim 350), ${(cpu * 100).toFixed(2)} % of a core at rest (aim 2)`);
} finally {
  await wipe();
}
