// Allows one `make up` at a time for each instance, and none during `make down`.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isAlive, kill, type ProcessId } from "../node/host.ts";
import { withLock } from "../node/lock.ts";
import { stateDir } from "../node/paths.ts";
import type { Progress } from "../node/progress.ts";

/** Milliseconds that a command may take to end after a signal: it finishes what it has begun and saves its state. */
const patience = 20_000;

const holdFile = (instance: string) => stateDir(`${instance}.up.lock`);

/** Runs `work` while no other command brings the instance up; waits for one that does, and says so by `say`. */
export async function holding<T>(instance: string, work: () => Promise<T>, say: (text: string) => void): Promise<T> {
  const file = holdFile(instance);
  return await withLock(
    file,
    async () => {
      writeFileSync(file, JSON.stringify(identify(process.pid)));
      try {
        return await work();
      } finally {
        writeFileSync(file, "");
      }
    },
    () => say(`${nameOfCommand(holder(instance))} is bringing instance '${instance}' up: waiting until it ends`),
  );
}

/** Runs `work` while no command brings the instance up: one that does is ended first. `last` removes the lock file, too. */
export async function holdingAlone(
  instance: string,
  work: () => Promise<void>,
  { progress, last = false }: { progress: Progress; last?: boolean },
): Promise<void> {
  const file = holdFile(instance);
  if (!existsSync(file)) return await work();
  const waiting = new AbortController();
  const held = withLock(file, async () => {
    waiting.abort();
    await work();
    if (last) rmSync(file, { force: true });
  }).finally(() => waiting.abort());
  held.catch(() => {});
  // Other commands may have waited for the ended one: then one of them holds the lock next.
  while (!waiting.signal.aborted) {
    await endHolder(instance, progress);
    await sleep(50, undefined, { signal: waiting.signal }).catch(() => {});
  }
  await held;
}

async function endHolder(instance: string, progress: Progress): Promise<void> {
  const found = holder(instance);
  if (!found) return;
  progress(`ending ${nameOfCommand(found)}, which brings it up`);
  kill(found.pid, "SIGTERM");
  for (let waited = 0; isAlive(found); waited += 50) {
    // A second SIGTERM ends it at once; a process that survives it is stuck in the kernel or stopped.
    if (waited === patience) kill(found.pid, "SIGTERM");
    if (waited >= patience + 2000) kill(found.pid, "SIGKILL");
    await sleep(50);
  }
}

function holder(instance: string): ProcessId | undefined {
  try {
    const found = JSON.parse(readFileSync(holdFile(instance), "utf8")) as ProcessId;
    return isAlive(found) ? found : undefined;
  } catch {
    // No command has held the lock, or it has just ended.
    return undefined;
  }
}

function nameOfCommand(process: ProcessId | undefined): string {
  return process ? `another command (process ${process.pid})` : "another command";
}
