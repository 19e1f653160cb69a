// Measures the image builds: a warm call of all, and how long a change of the agents' source takes to be an archive.
import { statSync } from "node:fs";
import { buildImages } from "../../embedded/images/images.ts";

const median = (times: number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

async function timed(run: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await run();
  return performance.now() - from;
}

const { archives } = await buildImages();
const warm: number[] = [];
for (let turn = 0; turn < 5; turn++) warm.push(await timed(() => buildImages()));
console.log(`images, warm call of all ${archives.length}: median ${median(warm).toFixed(0)} ms of ${warm.length}`);
for (const { ref, path } of archives)
  console.log(`  ${(statSync(path).size / 2 ** 20).toFixed(0).padStart(5)} MiB  ${ref}`);
