// Names of unfinished files: they contain their process, so that leftovers of ended processes can be removed.
import { randomBytes } from "node:crypto";
import { mkdirSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { identify } from "./host.ts";
import { cacheDir } from "./paths.ts";

/** A part of a name that no other process has: process namespace, process id and start time of this one, and a random part. */
export function maker(): string {
  const start = identify(process.pid)?.startTime ?? "0";
  return `by-${processNamespace()}-${process.pid}-${start}-${randomBytes(4).toString("hex")}`;
}

/**
 * Whether the process that is named in `name` is gone. False where none is named, and where that can't be told: the process ids
 * of another container mean nothing here.
 */
export function isAbandoned(name: string): boolean {
  const [, namespace, pid, start] = /by-(\d+)-(\d+)-(\d+)-[0-9a-f]{8}(?=[. ]|$)/.exec(name) ?? [];
  if (!pid || namespace !== processNamespace()) return false;
  return identify(Number(pid))?.startTime !== start;
}

/** Temporary path beside `path` for an atomic rename; its folder exists. */
export function partialOf(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  return `${path}.${maker()}.partial`;
}

/** A new folder in the cache to make something in, which its maker removes; `kind` is for people. */
export function scratch(kind: string): string {
  const path = cacheDir("tmp", `${kind}-${maker()}`);
  mkdirSync(path, { recursive: true });
  return path;
}

/** The inode of this process's PID namespace; 0 where there are none. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}
