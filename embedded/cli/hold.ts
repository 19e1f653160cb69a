// One `make up` at a time for each instance, and none behind the back of `make down`.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isAlive, kill, type ProcessId } from "../node/host.ts";
import { withLock } from "../node/lock.ts";
import { stateDir } from "../node/paths.ts";
import type { Progress } from "../node/progress.ts";

/** How long a command that was asked to end may take, in milliseconds: it ends what it has begun and records it. */
const patience = 20_000;

const holdFile = (instance: string) => stateDir(`${instance}.up.lock`);

/** Runs `work` while no other command brings the instance up; one that does is waited for, and `say` tells so. */
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
    () => say(`${words(holder(instance))} brings instance '${instance}' up already: waiting for its end`),
  );
}

/** Runs `work` while nobody brings the instance up: who does is ended first. With `last` nothing is left of the lock either. */
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
  // Others may have been waiting for the one that is ended: then they are next.
  while (!waiting.signal.aborted) {
    await endHolder(instance, progress);
    await sleep(50, undefined, { signal: waiting.signal }).catch(() => {});
  }
  await held;
}

async function endHolder(instance: string, progress: Progress): Promise<void> {
  const found = holder(instance);
  if (!found) return;
  progress(`ending ${words(found)}, which brings it up`);
  kill(found.pid, "SIGTERM");
  for (let waited = 0; isAlive(found); waited += 50) {
    // A second one ends it at once; what doesn't end then is stuck in the kernel or stopped.
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
    // None ever was, or it has just ended.
    return undefined;
  }
}

function words(process: ProcessId | undefined): string {
  return process ? `another command (process ${process.pid})` : "another command";
}
