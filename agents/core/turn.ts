// A step that is tried again waits for its turn: how long, the kind of the failure before says. Engines have one back-off for all kinds.
import { setTimeout as sleep } from "node:timers/promises";
import { type LastTry, RETRY_KINDS, type RetryKindName, retryKind } from "@agentic/api/retries.ts";
import type { Settings } from "./config.ts";
import { InterruptedError } from "./errors.ts";
import type { Log } from "./log.ts";
import { traced } from "./traced.ts";

/** What a try waits for, and how long: with jitter, so that those that failed together don't come back together. */
export function turnOf(
  last: LastTry | undefined,
  random = Math.random,
): { kind: RetryKindName; waitMs: number } | undefined {
  const kind = last && retryKind(last);
  if (!kind) return undefined;
  const [shortest, longest] = RETRY_KINDS[kind].wait;
  return { kind, waitMs: Math.round(1000 * (shortest + random() * (longest - shortest))) };
}

/** Waits until the step may begin. Throws an InterruptedError where the pod is asked to go meanwhile. */
export async function awaitTurn(
  { lastTry, attempt }: Settings,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<void> {
  const turn = turnOf(lastTry);
  if (!turn) return;
  log.warn({ kind: turn.kind, waitMs: turn.waitMs, error: lastTry?.message }, "tried again, waiting before it begins");
  try {
    await traced("back-off", { attributes: { "agentic.retry": attempt } }, () =>
      sleep(turn.waitMs, undefined, { signal }),
    );
  } catch (error) {
    throw new InterruptedError("interrupted before it began", { cause: error });
  }
}
