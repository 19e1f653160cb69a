// How long a node takes: to be ready and to resolve names, cold and warm; to be found running; to stop; to run a pod.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { programArchive } from "../../embedded/node/archive.ts";
import { clean, down, importImages, processes, up } from "../../embedded/node/node.ts";
import { apply, kubectl, probeImage, probePod } from "../e2e/node-fixture.ts";

const instance = "bench-node";
const rounds = Number(process.env.ROUNDS ?? 5);
const results: Record<string, number[]> = {};
const note = (name: string, value: number) => {
  results[name] ??= [];
  results[name].push(value);
};

async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const value = await work();
  note(name, performance.now() - start);
  return value;
}

await clean(instance);
try {
  for (let round = 0; round < rounds; round++) {
    const state = round === 0 ? "new" : "warm";
    const node = await up({ instance });
    note(`node ready (${state})`, node.times.node);
    note(`DNS ready (${state})`, node.times.dns);
    await timed("up of a running node", () => up({ instance }));
    await importImages(instance, [
      programArchive({ ref: probeImage, program: join(node.bin, "netprobe"), uid: 65532 }),
    ]);
    const pod = probePod({ namespace: "default", name: "bench", args: ["serve", "tcp:8080"] });
    await timed("pod created to ready", async () => {
      await apply(node, pod);
      await kubectl(node, ["wait", "--for=condition=Ready", "pod/bench", "--timeout=60s"]);
    });
    await kubectl(node, ["delete", "pod", "bench"]);
    note("anonymous memory (MiB)", anonymousMemory());
    await timed("down", () => down(instance));
  }
} finally {
  await clean(instance);
}
for (const [name, values] of Object.entries(results)) {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[0], sorted.at(-1)];
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const unit = name.includes("MiB") ? "" : " ms";
  console.log(
    `${name.padEnd(24)} median ${median.toFixed(0).padStart(5)}${unit}  (${low.toFixed(0)} to ${high.toFixed(0)}, n=${values.length})`,
  );
}

/** Sum over the instance's processes. */
function anonymousMemory(): number {
  const kib = processes(instance).map((pid) => {
    try {
      return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
  return kib.reduce((sum, value) => sum + value, 0) / 1024;
}
