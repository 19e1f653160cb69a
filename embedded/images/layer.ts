// Writes layers: deterministic tars with only those entries that the layers below lack.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { cacheDir, markUsed } from "../node/paths.ts";
import { partialPath } from "../node/unfinished.ts";
import type { Entry } from "./entries.ts";
import { hashOf, readJson, sha256, sha256File, writeWhole } from "./store.ts";

/** Changes when the same entries would give another tar. */
const format = 1;

/** A finished layer. */
export interface Layer {
  /** `sha256:…` of the uncompressed tar: blob digest and diff id at once, as layers aren't compressed. */
  digest: string;
  /** In bytes. */
  size: number;
  path: string;
}

/** How a layer is made. */
export interface LayerRecipe {
  /** For people. */
  name: string;
  /** Everything that its content depends on besides the layers below; any JSON value. */
  inputs: unknown;
  /** Layers that it stands on, lowest first. */
  below?: readonly Layer[];
  entries: () => Promise<Entry[]>;
}

/** The layer of a recipe: from the cache, or made now. */
export async function makeLayer(recipe: LayerRecipe): Promise<Layer> {
  const { name, inputs, below = [] } = recipe;
  const key = hashOf(
    format,
    name,
    inputs,
    below.map(({ digest }) => digest),
  ).slice(0, 32);
  const record = cacheDir("layers", `${name}-${key}.json`);
  const known = await readJson<{ digest: string; size: number }>(record);
  if (known && existsSync(blobPath(known.digest))) {
    markUsed(record);
    return { ...known, path: blobPath(known.digest) };
  }

  const index = new Map<string, string>();
  for (const layer of below) for (const [path, what] of await readIndex(layer)) index.set(path, what);
  const added = await newEntries(await recipe.entries(), index);
  const { digest, size } = await writeTar(added.map(({ entry }) => entry));
  await writeWhole(indexPath(digest), JSON.stringify(added.map(({ entry, what }) => [entry.path, what])));
  await writeWhole(record, JSON.stringify({ digest, size }));
  return { digest, size, path: blobPath(digest) };
}

/** Paths that a layer holds, each with what stands there. */
export async function readIndex(layer: Layer): Promise<[path: string, what: string][]> {
  return JSON.parse(await readFile(indexPath(layer.digest), "utf8")) as [string, string][];
}

/** What of `entries` the layers below don't hold in the same way, with missing parent folders, sorted by path. */
export async function newEntries(
  entries: readonly Entry[],
  below: ReadonlyMap<string, string>,
): Promise<{ entry: Entry; what: string }[]> {
  const found = new Map<string, { entry: Entry; what: string }>();
  for (const entry of entries) {
    const what = await describe(entry);
    if (below.get(entry.path) === what) found.delete(entry.path);
    else found.set(entry.path, { entry, what });
  }
  for (const path of [...found.keys()])
    for (let parent = dirname(path); parent !== "."; parent = dirname(parent)) {
      if (found.has(parent) || below.has(parent)) continue;
      const entry: Entry = { type: "directory", path: parent, mode: 0o755 };
      found.set(parent, { entry, what: await describe(entry) });
    }
  return [...found.values()].sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
}

async function describe(entry: Entry): Promise<string> {
  const owner = `${entry.mode.toString(8)} ${entry.uid ?? 0}:${entry.gid ?? 0}`;
  if (entry.type === "directory") return `d ${owner}`;
  if (entry.type === "symlink") return `l ${entry.target}`;
  const digest = typeof entry.source === "string" ? await digestOf(entry.source) : sha256(entry.source);
  return `f ${owner} ${digest}`;
}

/** A package has thousands of small files: a stream for each would take most of the time. */
async function digestOf(path: string): Promise<string> {
  return (await stat(path)).size < 1 << 20 ? sha256(await readFile(path)) : await sha256File(path);
}

/** Writes entries in their order to the cache, under the digest of what was written. */
async function writeTar(entries: readonly Entry[]): Promise<{ digest: string; size: number }> {
  const tar = pack();
  const hash = createHash("sha256");
  let size = 0;
  const count = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  // The digest, which names the file, is only known at the end.
  const partial = partialPath(cacheDir("layers", "new"));
  try {
    const written = pipeline(tar, count, createWriteStream(partial, { highWaterMark: 1 << 20 }));
    // Without a handler at once, a failing disk would end the process before it is awaited.
    written.catch(() => {});
    for (const entry of entries) await add(tar, entry);
    tar.finalize();
    await written;
    const digest = `sha256:${hash.digest("hex")}`;
    await rename(partial, blobPath(digest));
    return { digest, size };
  } finally {
    await rm(partial, { force: true });
  }
}

async function add(tar: ReturnType<typeof pack>, entry: Entry): Promise<void> {
  const header = {
    name: entry.path,
    mode: entry.mode,
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    // One time for all: the same content gives the same tar on any day.
    mtime: new Date(0),
  };
  if (entry.type !== "file") {
    const linkname = entry.type === "symlink" ? entry.target : undefined;
    tar.entry({ ...header, type: entry.type, ...(linkname === undefined ? {} : { linkname }) });
  } else if (typeof entry.source === "string") {
    const { size } = await stat(entry.source);
    if (size < 1 << 20) tar.entry({ ...header, type: "file" }, await readFile(entry.source));
    else
      await pipeline(
        createReadStream(entry.source, { highWaterMark: 1 << 20 }),
        tar.entry({ ...header, type: "file", size }),
      );
  } else tar.entry({ ...header, type: "file" }, entry.source);
}

function blobPath(digest: string): string {
  return cacheDir("layers", `${digest.replace("sha256:", "")}.tar`);
}

function indexPath(digest: string): string {
  return cacheDir("layers", `${digest.replace("sha256:", "")}.index.json`);
}
