// Removes unused files from the caches; all of them can be made again.
import { existsSync, globSync, lstatSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pullerPrefix } from "../images/puller.ts";
import { deletedPrefix } from "../node/node.ts";
import { cacheDir, stateDir } from "../node/paths.ts";
import { isAbandoned } from "../node/unfinished.ts";

const hour = 3_600_000;

/** Milliseconds after which an unused file is removed. */
export const unusedFor = 14 * 24 * hour;

/** Milliseconds for files with newer ones of their kind; a day leaves them to other work trees and running builds. */
export const supersededFor = 24 * hour;

/** Number of files of one kind that count as current. */
export const keptPerKind = 3;

/** A file or folder in a cache. */
export interface Cached {
  path: string;
  /** When it was last used, in milliseconds since 1970. */
  used: number;
  /** Files of one kind supersede each other: an image by its name, a layer by its recipe. Without a kind only age counts. */
  kind?: string | undefined;
}

/** The files that can be removed. */
export function disposable(all: readonly Cached[], now: number): Cached[] {
  const kinds = Map.groupBy(all, ({ kind, path }) => kind ?? path);
  return [...kinds.values()].flatMap((same) =>
    same
      .toSorted((a, b) => b.used - a.used)
      .filter(({ used }, i) => now - used > (i < keptPerKind ? unusedFor : supersededFor)),
  );
}

/**
 * Cleans the caches; each use of a file sets its time. Programs of running nodes are kept whatever their age; the content
 * of their images is hard-linked and needs no cache. Returns the number of removed files.
 */
export function prune(now: number = Date.now()): number {
  const abandoned = removeAbandoned();
  const removed = [
    ...disposable(images(), now),
    ...disposable(records(), now),
    ...disposable(programs(), now),
    ...disposable(databases(), now),
    // Unfinished files of unknown processes: a day leaves them to running builds.
    ...unfinished().filter(({ used }) => now - used > supersededFor),
  ];
  for (const { path } of removed) rmSync(path, { recursive: true, force: true });
  // A layer's content is removed with the last record that names it.
  const named = new Set(
    records().map(({ path }) => contentOf<{ digest: string }>(path).digest?.replace("sha256:", "")),
  );
  const blobs = [...entries("layers/*.{tar,index.json}"), ...entries("unpacked/*")];
  const orphans = blobs.filter(({ path, used }) => now - used > supersededFor && !named.has(hashIn(path)));
  for (const { path } of orphans) rmSync(path, { recursive: true, force: true });
  return abandoned + removed.length + orphans.length;
}

function entries(glob: string): Cached[] {
  return globSync(glob, { cwd: cacheDir() }).flatMap((name) => {
    const path = cacheDir(name);
    // Another run may be cleaning as well.
    const stat = lstatSync(path, { throwIfNoEntry: false });
    return stat ? [{ path, used: stat.mtimeMs }] : [];
  });
}

/** `images/agents-<tag>-<hash>.image.tar` supersede each other whatever their tags, where tags are hashes as well. */
function images(): Cached[] {
  return entries("images/*.tar").map(({ path, used }) => {
    const kind = /([^/]+?)(-[0-9a-f]{12}){1,2}(\.image)?\.tar$/.exec(path)?.[1];
    return { path, used, kind };
  });
}

/** `layers/<recipe>-<hash>.json`. */
function records(): Cached[] {
  return entries("layers/*-*.json").map(({ path, used }) => {
    const kind = /([^/]+)-[0-9a-f]{32}\.json$/.exec(path)?.[1];
    return { path, used, kind };
  });
}

/** Built programs and folders of links to them, but not those of nodes that are up. */
function programs(): Cached[] {
  const running = new Set<string>();
  for (const record of globSync("*/running.json", { cwd: stateDir() })) {
    const bin = contentOf<{ bin: string }>(stateDir(record)).bin;
    if (!bin || !existsSync(bin)) continue;
    running.add(bin);
    for (const name of readdirSync(bin)) running.add(dirname(realpathSync(join(bin, name))));
  }
  return entries("go/*").filter(({ path }) => !running.has(path) && !running.has(realpathSync(path)));
}

/** Unpacked databases of vulnerabilities, each of a gigabyte and more. */
function databases(): Cached[] {
  return entries("vulnerabilities/*").map((database) => ({ ...database, kind: "database" }));
}

/** A JSON file's content; nothing of one that is cut or gone. */
function contentOf<T>(path: string): Partial<T> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return {};
  }
}

/** Files that are being made, or were interrupted. */
function unfinished(): Cached[] {
  return [...entries("tmp/*"), ...entries("go/new-*"), ...entries("*/*.partial")];
}

/**
 * Removes leftovers of interrupted commands: in the caches, in the state folder and in the folder of temporary files.
 * Returns the number of removed files.
 */
export function removeAbandoned(): number {
  const named = (folder: string, begin: string) =>
    globSync(`${begin}*`, { cwd: folder }).map((name) => join(folder, name));
  const all = [
    ...unfinished().map(({ path }) => path),
    ...named(stateDir(), deletedPrefix),
    ...named(tmpdir(), pullerPrefix),
  ];
  const abandoned = all.filter((path) => isAbandoned(basename(path)));
  for (const path of abandoned) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  return abandoned.length;
}

function hashIn(path: string): string | undefined {
  return /\/([0-9a-f]{64})(\.tar|\.index\.json)?$/.exec(path)?.[1];
}
