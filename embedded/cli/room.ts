// Whether this machine has the disk and the memory that `make up` needs: said before anything starts.
import { existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { imagesCost } from "../images/images.ts";
import { binariesCost } from "../node/build.ts";
import { cacheDir, stateDir } from "../node/paths.ts";
import { isNewInstance } from "./instance.ts";

const gigabyte = 1e9;

/** Bytes that something takes in a folder. */
export interface Need {
  /** What the bytes are, for people. */
  what: string;
  folder: string;
  bytes: number;
  /** What moves it elsewhere. */
  setting: string;
}

/** A file system as far as it matters here. */
export interface Space {
  /** Names the file system; two folders with one id share their room. */
  id: string | number;
  free: number;
}

/** Memory that must be free for a node with the platform and a workload on it, in bytes; measured: 2.5 GB. Compilers take it before them. */
export const memoryNeed = 4 * gigabyte;

/**
 * What is still needed where a part of all programs, from 0 to 1, is `uncompiled`, and the instance is new or not; as measured with
 * nothing cached, rounded up.
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

/** Every file system with too little room, with what to do about it; empty where all fits. */
export function shortages(needed: readonly Need[], spaceOf: (folder: string) => Space): string[] {
  const bySpace = Map.groupBy(needed, ({ folder }) => spaceOf(folder).id);
  return [...bySpace.values()].flatMap((group) => {
    const [first] = group;
    const free = first ? spaceOf(first.folder).free : 0;
    const wanted = group.reduce((sum, { bytes }) => sum + bytes, 0);
    if (free >= wanted) return [];
    const parts = group.map(
      ({ what, folder, bytes, setting }) => `${what} ${inWords(bytes)} in ${folder} (${setting})`,
    );
    return [
      `${inWords(wanted)} of disk are needed and ${inWords(free)} are free: ${parts.join(", ")}. Free some, or set the variable in parentheses to a folder of another disk`,
    ];
  });
}

/** Checks disk and memory; returns what there is in words. Throws with everything that is too small. */
export async function checkRoom(): Promise<string> {
  const costs = [await binariesCost(), await imagesCost()];
  const sum = (key: "all" | "left") => costs.reduce((total, cost) => total + cost[key], 0);
  const needed = needs(sum("left") / sum("all"), isNewInstance());
  const problems = shortages(needed, spaceOf);
  const memory = availableMemory(readFileSync("/proc/meminfo", "utf8"));
  if (memory < memoryNeed)
    problems.push(
      `${inWords(memoryNeed)} of memory are needed and ${inWords(memory)} are available: end something, or use a larger machine`,
    );
  if (problems.length > 0)
    throw new Error(`This machine has too little room:\n${problems.map((text) => `  - ${text}`).join("\n")}`);
  const wanted = needed.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = Math.min(...needed.map(({ folder }) => spaceOf(folder).free));
  return `${inWords(wanted)} of disk needed, ${inWords(free)} free; ${inWords(memoryNeed)} of memory needed, ${inWords(memory)} available`;
}

/** With less room than this in a file system, in bytes, whatever has failed there has failed for that. */
const nothingLeft = 32e6;

/** What to do where the disk has filled up while a command ran; undefined where it has not. */
export function filledUp(needed = needs(1, true), roomOf = spaceOf): string | undefined {
  const full = needed.filter(({ folder }) => roomOf(folder).free < nothingLeft);
  if (full.length === 0) return undefined;
  const folders = [...new Set(full.map(({ folder, setting }) => `${folder} (${setting})`))].join(", ");
  return `The disk is full: ${folders}. Free some, or set the variable in parentheses to a folder of another disk, and run this again: it goes on from what is finished.`;
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

function inWords(bytes: number): string {
  return `${(bytes / gigabyte).toFixed(bytes < 10 * gigabyte ? 1 : 0)} GB`;
}
