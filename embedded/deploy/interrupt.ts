// Ctrl-C: a run that holds a stack ends what it has begun, keeps account of it and lets the stack go, before its process ends.
import { Stopped } from "./kubernetes/cluster.ts";

/** The signals that ask this process to end. */
export const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs of this process that end what they have begun once they are asked to. */
let hearing = 0;

/** Whether a run hears the next signal, and this process is not to be ended before it. */
export function isHeard(): boolean {
  return hearing > 0;
}

/** Somebody has asked the run to end. */
export class Interrupted extends Stopped {}

/** Hears the first signal that asks this process to end, instead of its end; the next one ends it at once, as without this. */
export function onInterrupt(tell: (message: string) => void): { signal: AbortSignal; forget: () => void } {
  const asked = new AbortController();
  let isForgotten = false;
  const forget = () => {
    if (!isForgotten) hearing--;
    isForgotten = true;
    for (const name of endingSignals) process.off(name, hear);
  };
  const hear = (name: NodeJS.Signals) => {
    forget();
    tell(`${name}: nothing more is changed, and what has been made is recorded; once more ends this at once`);
    asked.abort(new Interrupted(`it was interrupted (${name}): what it has made is recorded, run again to go on`));
  };
  hearing++;
  for (const name of endingSignals) process.on(name, hear);
  return { signal: asked.signal, forget };
}
