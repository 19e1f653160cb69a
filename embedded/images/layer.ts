// Writes layers: deterministic tars of the entries that the layers below don't have.
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
import type { Material } from "./materials.ts";
import { hashOf, readJson, sha256, sha256File, writeWhole } from "./store.ts";

/** Version of this code; it is raised when the same entries would give another tar. */
const format = 1;

/** A finished layer. */
export interface Layer {
  /** `sha256:…` of the tar; as it is not compressed, both the blob's digest and the diff id. */
  digest: string;
  /** In bytes. */
  size: number;
  path: string;
  /** What it was made from, where its recipe says so. */
  materials?: readonly Material[];
}

/** How a layer is made. */
export interface LayerRecipe {
  /** Name in the cache, for people who look there. */
  name: string;
  /** Everything that the content depends on, except the layers below; any JSON value. */
  inputs: unknown;
  /** Layers below it, lowest first. */
  below?: readonly Layer[];
  entries: () => Promise<Entry[]>;
  /** What the entries were made from; called after `entries`, and recorded with the layer. */
  materials?: () => Material[];
}

/** The layer of a recipe, which is made unless the cache has it. */
export async function makeLayer(recipe: LayerRecipe): Promise<Layer> {
  const { name, inputs, below = [] } = recipe;
  const key = hashOf(
    format,
    name,
    inputs,
    below.map(({ digest }) => digest),
  ).slice(0, 32);
  const record = cacheDir("layers", `${name}-${key}.json`);
  const cached = await readJson<Omit<Layer, "path">>(record);
  if (cached && existsSync(blobPath(cached.digest)) && (cached.materials || !recipe.materials)) {
    markUsed(record);
    return { ...cached, path: blobPath(cached.digest) };
  }

  const index = new Map<string, string>();
  for (const layer of below) for (const [path, summary] of await readIndex(layer)) index.set(path, summary);
  const added = await newEntries(await recipe.entries(), index);
  const content = await writeTar(added.map(({ entry }) => entry));
  const layer = recipe.materials ? { ...content, materials: recipe.materials() } : content;
  const { digest } = layer;
  await writeWhole(indexPath(digest), JSON.stringify(added.map(({ entry, summary }) => [entry.path, summary])));
  await writeWhole(record, JSON.stringify(layer));
  return { ...layer, path: blobPath(digest) };
}

/** The paths of a layer's entries, each with a summary of its type, mode, owner and content. */
export async function readIndex(layer: Layer): Promise<[path: string, summary: string][]> {
  return JSON.parse(await readFile(indexPath(layer.digest), "utf8")) as [string, string][];
}

/**
 * Those of `entries` that differ from the layers below, and their missing parent folders, sorted by path. `below` has the summaries of
 * the layers below, by path.
 */
export async function newEntries(
  entries: readonly Entry[],
  below: ReadonlyMap<string, string>,
): Promise<{ entry: Entry; summary: string }[]> {
  const added = new Map<string, { entry: Entry; summary: string }>();
  for (const entry of entries) {
    const summary = await summarise(entry);
    if (below.get(entry.path) === summary) added.delete(entry.path);
    else added.set(entry.path, { entry, summary });
  }
  for (const path of [...added.keys()])
    for (let parent = dirname(path); parent !== "."; parent = dirname(parent)) {
      if (added.has(parent) || below.has(parent)) continue;
      const entry: Entry = { type: "directory", path: parent, mode: 0o755 };
      added.set(parent, { entry, summary: await summarise(entry) });
    }
  return [...added.values()].sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
}

async function summarise(entry: Entry): Promise<string> {
  const owner = `${entry.mode.toString(8)} ${entry.uid ?? 0}:${entry.gid ?? 0}`;
  if (entry.type === "directory") return `d ${owner}`;
  if (entry.type === "symlink") return `l ${entry.target}`;
  const digest = typeof entry.source === "string" ? await digestOf(entry.source) : sha256(entry.source);
  return `f ${owner} ${digest}`;
}

/** The digest of a file. Small files are read whole: a stream for each of a package's thousands would take most of the time. */
async function digestOf(path: string): Promise<string> {
  return (await stat(path)).size < 1 << 20 ? sha256(await readFile(path)) : await sha256File(path);
}

/** Writes a tar of the entries, in their order, to the cache, where it is named by its digest. */
async function writeTar(entries: readonly Entry[]): Promise<{ digest: string; size: number }> {
  const tar = pack();
  const hash = createHash("sha256");
  let size = 0;
  const hashing = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  // The file's name is its digest, which is known only at the end.
  const partial = partialPath(cacheDir("layers", "new"));
  try {
    const written = pipeline(tar, hashing, createWriteStream(partial, { highWaterMark: 1 << 20 }));
    // Without this handler, an error of the disk would end the process before the promise is awaited.
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
    // A fixed time, so that the same content always gives the same tar.
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
