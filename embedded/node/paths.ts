// Folders of the embedded node: caches and state, by the XDG base directory specification.
import { utimesSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const product = "agentic-platform";

/** Path in the cache, whose files can be made again. */
export function cacheDir(...parts: string[]): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), product, ...parts);
}

/** Path in the state folder, which has a folder for each instance. */
export function stateDir(...parts: string[]): string {
  return join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), product, ...parts);
}

/** Sets the modification time of a file in the cache: files that have not been used for long are removed. */
export function markUsed(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}
