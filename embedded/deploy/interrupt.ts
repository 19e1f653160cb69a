// Handles Ctrl-C: the run finishes what it has begun, saves its state and releases the stack before the process ends.
import { Stopped } from "./kubernetes/cluster.ts";

/** The signals that ask this process to end. */
export const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Number of runs in this process that stop gracefully at the next signal. */
let listeningRuns = 0;

/** Whether a run handles the next signal, so that nothing else may end the process at once. */
export function isHeard(): boolean {
  return listeningRuns > 0;
}

/** A signal has asked the run to end. */
export class Interrupted extends Stopped {}

/** Handles the first signal that asks this process to end; the next one ends it at once. */
export function onInterrupt(tell: (message: string) => void): { signal: AbortSignal; forget: () => void } {
  const interruption = new AbortController();
  let isForgotten = false;
  const forget = () => {
    if (!isForgotten) listeningRuns--;
    isForgotten = true;
    for (const name of endingSignals) process.off(name, hear);
  };
  const hear = (name: NodeJS.Signals) => {
    forget();
    tell(`${name}: nothing more is changed, and what has been made is recorded; once more ends this at once`);
    interruption.abort(
      new Interrupted(`it was interrupted (${name}): what it has made is recorded, run again to go on`),
    );
  };
  listeningRuns++;
  for (const name of endingSignals) process.on(name, hear);
  return { signal: interruption.signal, forget };
}
