// Times the main job warm: node, platform ready, unchanged apply, render, sample to its report. Prints medians in seconds.
import { readFileSync } from "node:fs";
import { join } from "node:path";

process.env.INSTANCE = "bench";
// The instance's name is read as the modules load.
const { wipe } = await import("../../embedded/cli/instance.ts");
const { platformSteps } = await import("../../embedded/cli/up.ts");
const { deploy, renderPlatform } = await import("../../embedded/cli/program.ts");
const { runSteps } = await import("../../embedded/cli/tasks.ts");
const { apply, kubectl } = await import("../../embedded/cli/cluster.ts");
const { parseWorkload, runWorkload } = await import("../../embedded/cli/sample.ts");
const { sampleSite } = await import("../../examples/site/manifests.ts");
const { down } = await import("../../embedded/node/node.ts");

const runs = Number(process.env.RUNS ?? 3);
const times = new Map<string, number[]>();

async function time<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  times.set(name, [...(times.get(name) ?? []), (performance.now() - started) / 1000]);
  return result;
}

const file = join(import.meta.dirname, "../../examples/visual-analysis.yaml");
const sample = parseWorkload(readFileSync(file, "utf8"), file);
try {
  const platform: Partial<import("../../embedded/cli/up.ts").Platform> = {};
  // Once unmeasured: images are imported and volumes made.
  await runSteps(platformSteps(platform));
  for (let run = 0; run < runs; run++) {
    await down("bench");
    await time("up again, to platform ready", async () => await runSteps(platformSteps(platform)));
    const up = platform as import("../../embedded/cli/up.ts").Platform;
    await time("apply of the unchanged platform", async () => await deploy(up, () => {}));
    await time("render", async () => await renderPlatform(up, up.prepared.images));
    await apply(up, sampleSite({ image: up.prepared.images.own.agents }));
    await kubectl(up, ["rollout", "status", "-n", "sample-site", "deployment", "--timeout=120s"]);
    await time("sample, from apply to report", async () => await runWorkload(up, sample, () => {}));
  }
} finally {
  await wipe();
}
for (const [name, all] of times) {
  const sorted = all.toSorted((a, b) => a - b);
  console.log(
    `${name.padEnd(34)} median ${(sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1)} s of ${sorted.map((value) => value.toFixed(1)).join(", ")}`,
  );
}
