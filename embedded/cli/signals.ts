// What asks the command to end reaches all that it has started: nothing goes on compiling or forwarding behind it.
import { readdirSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { endingSignals, isHeard } from "../deploy/interrupt.ts";
import { kill, statOf } from "../node/host.ts";

/**
 * Ends this process and its descendants once a signal asks it to. A deployment that is under way hears the first one itself, and ends
 * what it has begun. A node that was started goes on: it is nobody's child.
 */
export function endWithDescendants(): void {
  for (const name of endingSignals)
    process.on(name, () => {
      // A terminal that is closed takes no more words.
      for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
      if (isHeard()) return;
      for (const pid of descendants(process.pid, parents())) kill(pid, "SIGTERM");
      if (process.stdout.isTTY) giveCursorBack();
      process.exit(128 + constants.signals[name]);
    });
}

/** A live list hides the cursor; what it does with this process's own output, this does not go through. */
function giveCursorBack(): void {
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
