// Removes from the caches what nobody has used for a while; all of it can be made again.
import { existsSync, globSync, lstatSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pullerFolder } from "../images/puller.ts";
import { goneFolder } from "../node/node.ts";
import { cacheDir, stateDir } from "../node/paths.ts";
import { isAbandoned } from "../node/unfinished.ts";

const hour = 3_600_000;

/** What hasn't been used for that long is removed, in milliseconds. */
export const unusedFor = 14 * 24 * hour;

/** What has newer ones of its kind goes earlier; a day leaves it to other work trees and to builds that are under way. */
export const supersededFor = 24 * hour;

/** Of one kind, that many are kept. */
export const kept = 3;

/** Something in a cache. */
export interface Cached {
  path: string;
  /** When it was last used, in milliseconds since 1970. */
  used: number;
  /** What supersedes each other: an image by its name, a layer by its recipe. None: only its age counts. */
  kind?: string | undefined;
}

/** Those that can go, from all that there are. */
export function disposable(all: readonly Cached[], now: number): Cached[] {
  const kinds = Map.groupBy(all, ({ kind, path }) => kind ?? path);
  return [...kinds.values()].flatMap((same) =>
    same
      .toSorted((a, b) => b.used - a.used)
      .filter(({ used }, i) => now - used > (i < kept ? unusedFor : supersededFor)),
  );
}

/**
 * Cleans the caches; whoever uses something in them sets its time. What running nodes run is kept whatever its age; the content
 * of their images is theirs by hard links, and needs nothing here. Returns how many things were removed.
 */
export function prune(now: number = Date.now()): number {
  const abandoned = removeAbandoned();
  const gone = [
    ...disposable(images(), now),
    ...disposable(records(), now),
    ...disposable(programs(), now),
    // What doesn't tell its maker, or one of another container: a day leaves it to builds that are under way.
    ...unfinished().filter(({ used }) => now - used > supersededFor),
  ];
  for (const { path } of gone) rmSync(path, { recursive: true, force: true });
  // What a layer's records name goes with the last of them.
  const named = new Set(
    records().map(({ path }) => contentOf<{ digest: string }>(path).digest?.replace("sha256:", "")),
  );
  const blobs = [...entries("layers/*.{tar,index.json}"), ...entries("unpacked/*")];
  const orphans = blobs.filter(({ path, used }) => now - used > supersededFor && !named.has(hashIn(path)));
  for (const { path } of orphans) rmSync(path, { recursive: true, force: true });
  return abandoned + gone.length + orphans.length;
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

/** A JSON file's content; nothing of one that is cut or gone. */
function contentOf<T>(path: string): Partial<T> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return {};
  }
}

/** What is being made, or was cut off in the middle. */
function unfinished(): Cached[] {
  return [...entries("tmp/*"), ...entries("go/new-*"), ...entries("*/*.partial")];
}

/**
 * Removes what commands that were ended in the middle left: in the caches, in the state folder and in that of temporary files.
 * Returns how many things were removed.
 */
export function removeAbandoned(): number {
  const named = (folder: string, begin: string) =>
    globSync(`${begin}*`, { cwd: folder }).map((name) => join(folder, name));
  const all = [
    ...unfinished().map(({ path }) => path),
    ...named(stateDir(), goneFolder),
    ...named(tmpdir(), pullerFolder),
  ];
  const abandoned = all.filter((path) => isAbandoned(basename(path)));
  for (const path of abandoned) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  return abandoned.length;
}

function hashIn(path: string): string | undefined {
  return /\/([0-9a-f]{64})(\.tar|\.index\.json)?$/.exec(path)?.[1];
}
