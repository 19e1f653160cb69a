// Measures the images: a warm call of all builds, and how long they take into a new containerd and into one that has them.
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { loadavg } from "node:os";
import { buildImages } from "../../embedded/images/images.ts";
import { importArchives } from "../../embedded/node/containerd.ts";
import { unpackLayers } from "../../embedded/node/layers.ts";
import { cacheDir, stateDir } from "../../embedded/node/paths.ts";
import { startContainerd } from "../integration/containerd.ts";
import { median } from "./lib/statistics.ts";

const rounds = 5;
const load = () =>
  `load ${loadavg()
    .map((value) => value.toFixed(1))
    .join(" ")}`;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

const { archives } = await buildImages();
const warm: number[] = [];
for (let turn = 0; turn < rounds; turn++) warm.push(await timed(() => buildImages()));
console.log(`images, warm call of all ${archives.length}: median ${median(warm).toFixed(0)} ms of ${warm.length}`);

const layers = archives.flatMap(({ layers = [] }) => layers);
const unique = [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
const size = (some: typeof layers) => some.reduce((sum, { path }) => sum + statSync(path).size, 0) / 2 ** 20;
for (const { ref, path, layers } of archives)
  console.log(`  ${(layers ? size([...layers]) : statSync(path).size / 2 ** 20).toFixed(0).padStart(5)} MiB  ${ref}`);
console.log(`layers: ${layers.length} of ${size(layers).toFixed(0)} MiB, of them ${unique.length} different`);

await unpackLayers(layers);
const fresh: number[] = [];
const again: number[] = [];
for (let turn = 0; turn < rounds; turn++) {
  await using containerd = await startContainerd(stateDir());
  fresh.push(await timed(() => importArchives(containerd.socket, archives)));
  again.push(await timed(() => importArchives(containerd.socket, archives)));
}
console.log(
  `import of all into a new instance: median ${(median(fresh) / 1000).toFixed(2)} s of ${rounds} (${load()})`,
);
console.log(`import where all are there: median ${median(again).toFixed(0)} ms of ${rounds}`);

// Last, as it writes all layers anew: a cache of its own stands for a machine that has never unpacked any.
const cache = process.env.XDG_CACHE_HOME;
mkdirSync(cacheDir("tmp"), { recursive: true });
const empty = mkdtempSync(cacheDir("tmp", "bench-images-"));
process.env.XDG_CACHE_HOME = empty;
try {
  const first = await timed(() => unpackLayers(layers));
  console.log(`unpacking ${size(unique).toFixed(0)} MiB, once a machine: ${(first / 1000).toFixed(1)} s (${load()})`);
} finally {
  if (cache === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cache;
  rmSync(empty, { recursive: true, force: true });
}
