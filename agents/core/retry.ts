// Tries again what may succeed later: exponential backoff with full jitter, as AWS's architecture blog recommends it.

import { setTimeout as sleep } from "node:timers/promises";
import { parseHttpDate, retryAfterMs } from "@agentic/api/retry-after.ts";
import { describe, InterruptedError, isTransient, TransientError } from "./errors.ts";

export interface RetryOptions {
  /** What is tried, for messages: "put report.md". */
  what: string;
  /** Milliseconds after the first try beyond which no new one starts, however long the other side asks to wait. */
  withinMs?: number;
  /** The first wait is at most this long; each later one at most twice the one before. Milliseconds. */
  baseMs?: number;
  /** No wait is longer. Milliseconds. */
  capMs?: number;
  /** Tries altogether. */
  attempts?: number;
  signal?: AbortSignal;
  /** Told before each wait. */
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

/** Tries an action again while the service that it needs is away; `what` is tried, for messages. */
export type Retrying = <T>(what: string, action: () => Promise<T>) => Promise<T>;

/** Services may be away for as long as a pod takes to come back on another node. */
export const SERVICE_RETRY = { withinMs: 75_000, baseMs: 250, capMs: 5_000 } as const;

/**
 * The result of `action`; a transient error is tried again while attempts and time last, and then thrown as a
 * {@link TransientError}. Any other error is thrown as it is.
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
      const asked = askedToWait(error);
      const waitMs = Math.max(asked, Math.round(random() * Math.min(capMs, baseMs * 2 ** (attempt - 1))));
      const elapsed = performance.now() - started;
      // Errors of our own say it themselves.
      const isUnsaid = asked > 0 && !(error instanceof TransientError);
      const wish = isUnsaid ? `, asked to wait ${Math.ceil(asked / 1000)} s` : "";
      if (attempt >= attempts || elapsed + waitMs > withinMs)
        throw new TransientError(
          `${what}: ${describe(error)} (after ${attempt} tries in ${Math.round(elapsed / 1000)} s${wish})`,
          {
            cause: error,
          },
        );
      onRetry?.({ what, attempt, waitMs, error: describe(error) });
      try {
        await sleep(waitMs, undefined, signal ? { signal } : {});
      } catch {
        throw new InterruptedError(`${what}: interrupted`, { cause: error });
      }
    }
  }
}

/** Milliseconds that the other side asks to wait, wherever the client keeps it; by the other side's clock. */
function askedToWait(error: unknown): number {
  if (error instanceof TransientError) return error.retryAfterMs ?? 0;
  const { headers } = error as { headers?: unknown };
  // Each client has a class of its own for them.
  if (typeof headers !== "object" || headers === null || !("get" in headers)) return 0;
  const { get } = headers as Pick<Headers, "get">;
  const header = (name: string) => get.call(headers, name);
  const now = parseHttpDate(header("date") ?? "") ?? Date.now();
  return retryAfterMs(header("retry-after"), now) ?? 0;
}
