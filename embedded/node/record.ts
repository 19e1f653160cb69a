// What is written down of a running node, which counts only while its process lives.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { containerdSocket } from "./config.ts";
import { isAlive, type ProcessId } from "./host.ts";
import type { Instance } from "./instance.ts";

/** What is written down of a running node. */
export interface RunRecord {
  process: ProcessId;
  /** Hash of all it was started with. */
  config: string;
  bin: string;
  /** Whether its start came to its end: link, way out, objects and images of the node's own are there. */
  whole: boolean;
}

function recordFile({ dir }: Instance): string {
  return join(dir, "running.json");
}

/** The record of a node that still runs; one of a process that is gone counts for nothing. */
export function readRecord(instance: Instance): RunRecord | undefined {
  const file = recordFile(instance);
  if (!existsSync(file)) return undefined;
  const record = parse(readFileSync(file, "utf8"));
  return record && isAlive(record.process) ? record : undefined;
}

/** A file that a power failure left empty or cut is no record: the process it told of is gone as well. */
function parse(text: string): RunRecord | undefined {
  try {
    return JSON.parse(text) as RunRecord;
  } catch {
    return undefined;
  }
}

/** Writes it down in one step, so that nobody reads half of it. */
export function writeRecord(instance: Instance, record: RunRecord): void {
  const file = recordFile(instance);
  writeFileSync(`${file}.new`, JSON.stringify(record));
  renameSync(`${file}.new`, file);
}

/** Forgets it. */
export function removeRecord(instance: Instance): void {
  rmSync(recordFile(instance), { force: true });
}

/** containerd's socket as this machine sees it. */
export function socketOf({ process: { pid } }: RunRecord): string {
  return `/proc/${pid}/root${containerdSocket}`;
}
