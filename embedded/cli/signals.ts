// Ends the command's descendants with it, so that no compiler or port forward runs on after a signal.
import { readdirSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { endingSignals, isHeard } from "../deploy/interrupt.ts";
import { kill, statOf } from "../node/host.ts";

/**
 * Ends this process and its descendants at a signal. A running deployment handles the first signal itself, and finishes
 * what it has begun. A started node runs on: it is not a descendant.
 */
export function endWithDescendants(): void {
  for (const name of endingSignals)
    process.on(name, () => {
      // Writing to a closed terminal is not an error.
      for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
      if (isHeard()) return;
      for (const pid of descendants(process.pid, parents())) kill(pid, "SIGTERM");
      if (process.stdout.isTTY) showCursor();
      process.exit(128 + constants.signals[name]);
    });
}

/** Shows the cursor that a live list hides; writes to the terminal directly, since process.exit doesn't flush streams. */
function showCursor(): void {
  try {
    writeSync(1, "\u001b[?25h");
  } catch {
    // The terminal is closed.
  }
}

/** Every process below `root`, children before their own. `parentOf`: parent's id by id. */
export function descendants(root: number, parentOf: ReadonlyMap<number, number>): number[] {
  const children = [...parentOf].filter(([, parent]) => parent === root).map(([pid]) => pid);
  return children.flatMap((pid) => [pid, ...descendants(pid, parentOf)]);
}

/** Parents of all processes of this machine, as far as they can be read. */
function parents(): Map<number, number> {
  const found = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)))
    try {
      found.set(Number(name), Number(statOf(Number(name))[1]));
    } catch {
      // It has ended meanwhile.
    }
  return found;
}
