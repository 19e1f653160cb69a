// Where the embedded node keeps what it has: caches, state and data follow the XDG base directory specification.
import { utimesSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const product = "agentic-platform";

/** Things that can be made again from their inputs. */
export function cacheDir(...parts: string[]): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), product, ...parts);
}

/** What instances are and hold: one folder an instance. */
export function stateDir(...parts: string[]): string {
  return join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), product, ...parts);
}

/** Says that something in a cache is in use, by its time: who cleans the caches goes by age. */
export function markUsed(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}
