// A lock between processes that survives none of them: whoever holds it is known by process id and start time.
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isAlive, type ProcessId } from "./host.ts";

/** Runs `work` while holding the lock `file`; waits for another holder as long as that lives. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, JSON.stringify(identify(process.pid)));
  try {
    // A link appears with its content at once: no moment when the holder is unknown.
    while (!tryLink(own, file)) {
      const holder = readHolder(file);
      if (holder && isAlive(holder)) await sleep(50);
      else rmSync(file, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(file: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessId;
  } catch {
    return undefined;
  }
}
