// The file that records a running node; it counts only while the node's process lives.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { containerdSocket } from "./config.ts";
import { isAlive, type ProcessId } from "./host.ts";
import type { Instance } from "./instance.ts";
import { replaceFile } from "./replace-file.ts";

/** The record of a running node. */
export interface RunRecord {
  process: ProcessId;
  /** Hash of the configuration that it was started with. */
  config: string;
  bin: string;
  /** Whether its start is complete: the node's link, egress, objects and images exist. */
  whole: boolean;
}

function recordFile({ dir }: Instance): string {
  return join(dir, "running.json");
}

/** The record of a node that still runs; undefined where its process has ended. */
export function readRecord(instance: Instance): RunRecord | undefined {
  const file = recordFile(instance);
  if (!existsSync(file)) return undefined;
  const record = parse(readFileSync(file, "utf8"));
  return record && isAlive(record.process) ? record : undefined;
}

/** The record, or undefined for a file that a power failure has truncated: its process has ended too. */
function parse(text: string): RunRecord | undefined {
  try {
    return JSON.parse(text) as RunRecord;
  } catch {
    return undefined;
  }
}

/** Writes the record atomically. */
export function writeRecord(instance: Instance, record: RunRecord): void {
  const file = recordFile(instance);
  replaceFile(file, JSON.stringify(record));
}

/** Removes the record. */
export function removeRecord(instance: Instance): void {
  rmSync(recordFile(instance), { force: true });
}

/** Path of containerd's socket on this machine. */
export function socketOf({ process: { pid } }: RunRecord): string {
  return `/proc/${pid}/root${containerdSocket}`;
}
