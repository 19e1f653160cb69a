// Retries an action after transient errors, with exponential backoff and full jitter, as AWS's architecture blog recommends.

import { setTimeout as sleep } from "node:timers/promises";
import { parseHttpDate, retryAfterMs } from "@agentic/api/retry-after.ts";
import { describe, InterruptedError, isNotReady, isTransient, NotReadyError, TransientError } from "./errors.ts";
import { traced } from "./traced.ts";

export interface RetryOptions {
  /** The action's name, for messages: "put report.md". */
  what: string;
  /** No retry starts later than this after the first try, even if the service asks for a longer wait. Milliseconds. */
  withinMs?: number;
  /** The first wait is at most this long; each later one at most twice the one before. Milliseconds. */
  baseMs?: number;
  /** The longest wait. Milliseconds. */
  capMs?: number;
  /** The number of attempts, the first included. */
  attempts?: number;
  signal?: AbortSignal;
  /** Called before each wait. */
  onRetry?: (event: RetryEvent) => void;
  /** For tests. */
  random?: () => number;
}

export interface RetryEvent {
  what: string;
  attempt: number;
  waitMs: number;
  error: string;
}

/** Retries an action while the service that it needs is unavailable; `what` names the action in messages. */
export type Retrying = <T>(what: string, action: () => Promise<T>) => Promise<T>;

/** Retries for as long as a service's pod takes to start on another node. */
export const SERVICE_RETRY = { withinMs: 75_000, baseMs: 250, capMs: 5_000 } as const;

/**
 * The result of `action`, which is retried after a transient error until its attempts or its time are used up; then the error is thrown
 * as a {@link TransientError}, a {@link NotReadyError} where the service wasn't there. Any other error is thrown as it is.
 */
export async function retry<T>(action: () => Promise<T>, options: RetryOptions): Promise<T> {
  const {
    what,
    withinMs = SERVICE_RETRY.withinMs,
    baseMs = SERVICE_RETRY.baseMs,
    capMs = SERVICE_RETRY.capMs,
  } = options;
  const { attempts = Number.POSITIVE_INFINITY, signal, onRetry, random = Math.random } = options;
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!isTransient(error) || error instanceof InterruptedError) throw error;
      if (signal?.aborted) throw new InterruptedError(`${what}: interrupted`, { cause: error });
      const requestedMs = requestedWaitMs(error);
      const waitMs = Math.max(requestedMs, Math.round(random() * Math.min(capMs, baseMs * 2 ** (attempt - 1))));
      const elapsed = performance.now() - started;
      // The message of a TransientError mentions the wait itself.
      const isWaitUnmentioned = requestedMs > 0 && !(error instanceof TransientError);
      const waitText = isWaitUnmentioned ? `, asked to wait ${Math.ceil(requestedMs / 1000)} s` : "";
      if (attempt >= attempts || elapsed + waitMs > withinMs) {
        const tries = `(after ${attempt} tries in ${Math.round(elapsed / 1000)} s${waitText})`;
        const Failure = isNotReady(error) ? NotReadyError : TransientError;
        throw new Failure(`${what}: ${describe(error)} ${tries}`, { cause: error });
      }
      onRetry?.({ what, attempt, waitMs, error: describe(error) });
      try {
        const wait = async () => await sleep(waitMs, undefined, signal ? { signal } : {});
        await traced("back-off", { attributes: { "agentic.retry": attempt } }, wait);
      } catch {
        throw new InterruptedError(`${what}: interrupted`, { cause: error });
      }
    }
  }
}

/** Milliseconds that the service asks to wait: those of the error itself, or of a Retry-After header by the service's clock. */
function requestedWaitMs(error: unknown): number {
  if (error instanceof TransientError) return error.retryAfterMs ?? 0;
  const { headers } = error as { headers?: unknown };
  // Each client has its own class for headers.
  if (typeof headers !== "object" || headers === null || !("get" in headers)) return 0;
  const { get } = headers as Pick<Headers, "get">;
  const header = (name: string) => get.call(headers, name);
  const now = parseHttpDate(header("date") ?? "") ?? Date.now();
  return retryAfterMs(header("retry-after"), now) ?? 0;
}
