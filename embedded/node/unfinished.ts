// Names of unfinished files: each contains the process that writes it, so that those of ended processes can be removed.
import { randomBytes } from "node:crypto";
import { mkdirSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { identify } from "./host.ts";
import { cacheDir } from "./paths.ts";

/** A unique part of a file's name that identifies this process: by its PID namespace, process id and start time. */
export function ownerMark(): string {
  const start = identify(process.pid)?.startTime ?? "0";
  return `by-${processNamespace()}-${process.pid}-${start}-${randomBytes(4).toString("hex")}`;
}

/**
 * Whether the process whose mark is in `name` has ended. False where `name` has no mark, and for a process of another PID namespace,
 * whose process ids can't be looked up here.
 */
export function isAbandoned(name: string): boolean {
  const [, namespace, pid, start] = /by-(\d+)-(\d+)-(\d+)-[0-9a-f]{8}(?=[. ]|$)/.exec(name) ?? [];
  if (!pid || namespace !== processNamespace()) return false;
  return identify(Number(pid))?.startTime !== start;
}

/** A path beside `path` for a file that is renamed to `path` once it is complete. Makes its folder. */
export function partialPath(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  return `${path}.${ownerMark()}.partial`;
}

/** Makes a temporary folder in the cache, which the caller removes; `purpose` is the beginning of its name. */
export function makeTempDir(purpose: string): string {
  const path = cacheDir("tmp", `${purpose}-${ownerMark()}`);
  mkdirSync(path, { recursive: true });
  return path;
}

/** The inode of this process's PID namespace; 0 on a system without such namespaces. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}
