// The retry strategy of every step of every template.
import { RETRY_EXPRESSION, RETRY_LIMIT } from "@agentic/api/retries.ts";
import type { RetryStrategy } from "./types.ts";

/**
 * Which failures are tried again, the expression says, and the exponential part of the wait is the engine's. An engine has one back-off for
 * all kinds: what a kind waits beyond it, the next try itself waits before it begins (agents/core/turn.ts).
 * There is no `maxDuration`: that counts from the first try's start, so a step that had worked longer would get no retry.
 */
export const retryStrategy = (): RetryStrategy => ({
  limit: String(RETRY_LIMIT),
  retryPolicy: "Always",
  expression: RETRY_EXPRESSION,
  backoff: { duration: "2s", factor: "2", cap: "30s" },
});
