// Checks that this machine has the disk space and the memory that `make up` needs, before anything starts.
import { existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { imagesCost, keylessImages } from "../images/images.ts";
import { binariesCost } from "../node/build.ts";
import { cacheDir, stateDir } from "../node/paths.ts";
import { isKeyless, isNewInstance, isSandboxed } from "./instance.ts";

const gigabyte = 1e9;

/** Disk space that is needed in a folder. */
export interface Need {
  /** What the bytes are, for people. */
  what: string;
  folder: string;
  bytes: number;
  /** Environment variable that moves the folder. */
  setting: string;
}

/** Free space of a file system. */
export interface Space {
  /** Id of the file system; two folders with one id share their space. */
  id: string | number;
  free: number;
}

/** Free memory in bytes that a node with the platform and a workload needs; measured: 2.5 GB. Compilers use it before. */
export const memoryNeed = 4 * gigabyte;

/**
 * The space that is still needed, where `uncompiled` is the fraction of programs to compile (0 to 1); as measured with
 * empty caches, rounded up.
 */
export function needs(uncompiled: number, isNew: boolean): Need[] {
  const home = homedir();
  const goPath = process.env.GOPATH?.split(":")[0] || join(home, "go");
  const modules = process.env.GOMODCACHE || join(goPath, "pkg", "mod");
  const goCache = process.env.GOCACHE || join(process.env.XDG_CACHE_HOME || join(home, ".cache"), "go-build");
  const part = uncompiled * gigabyte;
  const all: Need[] = [
    { what: "Go's modules", folder: modules, bytes: 5 * part, setting: "GOMODCACHE" },
    { what: "Go's compiled packages", folder: goCache, bytes: 8 * part, setting: "GOCACHE" },
    { what: "npm's and uv's downloads", folder: home, bytes: 1.5 * part, setting: "HOME" },
    { what: "programs and images", folder: cacheDir(), bytes: 3 * part, setting: "XDG_CACHE_HOME" },
    { what: "the instance", folder: stateDir(), bytes: (isNew ? 3 : 0.5) * gigabyte, setting: "XDG_STATE_HOME" },
  ];
  return all.filter(({ bytes }) => bytes > 0);
}

/** A message for every file system with too little space, with what to do about it; empty where all fits. */
export function shortages(needed: readonly Need[], spaceOf: (folder: string) => Space): string[] {
  const bySpace = Map.groupBy(needed, ({ folder }) => spaceOf(folder).id);
  return [...bySpace.values()].flatMap((group) => {
    const [first] = group;
    const free = first ? spaceOf(first.folder).free : 0;
    const required = group.reduce((sum, { bytes }) => sum + bytes, 0);
    if (free >= required) return [];
    const parts = group.map(
      ({ what, folder, bytes, setting }) => `${what} ${formatBytes(bytes)} in ${folder} (${setting})`,
    );
    return [
      `${formatBytes(required)} of disk space are needed and ${formatBytes(free)} are free: ${parts.join(", ")}. Free some, or set the variable in parentheses to a folder of another disk`,
    ];
  });
}

/** Checks disk space and memory; returns a summary. Throws with everything that is too small. */
export async function checkRoom(): Promise<string> {
  const costs = [await binariesCost({ sandbox: isSandboxed }), await imagesCost(isKeyless() ? keylessImages : [])];
  const sum = (key: "all" | "left") => costs.reduce((total, cost) => total + cost[key], 0);
  const needed = needs(sum("left") / sum("all"), isNewInstance());
  const problems = shortages(needed, spaceOf);
  const memory = availableMemory(readFileSync("/proc/meminfo", "utf8"));
  if (memory < memoryNeed)
    problems.push(
      `${formatBytes(memoryNeed)} of memory are needed and ${formatBytes(memory)} are available: end something, or use a larger machine`,
    );
  if (problems.length > 0)
    throw new Error(
      `This machine has too little space or memory:\n${problems.map((text) => `  - ${text}`).join("\n")}`,
    );
  const required = needed.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = Math.min(...needed.map(({ folder }) => spaceOf(folder).free));
  return `${formatBytes(required)} of disk space needed, ${formatBytes(free)} free; ${formatBytes(memoryNeed)} of memory needed, ${formatBytes(memory)} available`;
}

/** Below this many free bytes, a full disk is taken as the cause of a failure. */
const nothingLeft = 32e6;

/** What to do if the disk has filled up during a command; undefined where it has not. */
export function filledUp(needed = needs(1, true), roomOf = spaceOf): string | undefined {
  const full = needed.filter(({ folder }) => roomOf(folder).free < nothingLeft);
  if (full.length === 0) return undefined;
  const folders = [...new Set(full.map(({ folder, setting }) => `${folder} (${setting})`))].join(", ");
  return `The disk is full: ${folders}. Free some, or set the variable in parentheses to a folder of another disk, and run this again: finished parts are kept.`;
}

/** Bytes that programs can get without swapping, from /proc/meminfo. */
export function availableMemory(meminfo: string): number {
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? Number.POSITIVE_INFINITY) * 1024;
}

/** The file system of a folder that may not exist yet. */
function spaceOf(folder: string): Space {
  let at = folder;
  while (!existsSync(at)) at = dirname(at);
  const { bavail, bsize } = statfsSync(at);
  return { id: statSync(at).dev, free: bavail * bsize };
}

function formatBytes(bytes: number): string {
  return `${(bytes / gigabyte).toFixed(bytes < 10 * gigabyte ? 1 : 0)} GB`;
}
