// Classifies the API server's refusals of a new pod by whether, and for how long, creating it is retried.
import type { ApiError } from "@agentic/kube/client/api-error.ts";
import { REJECTED } from "../core/failure.ts";
import { WAITING } from "../core/observe.ts";
import type { Pod } from "../core/types.ts";

/**
 * `none`: the server will never accept the pod. `limited`: the cause ends within minutes, or not at all. `unlimited`: the cause ends
 * when other objects do, which may take any time.
 */
export type RetryPolicy = "none" | "limited" | "unlimited";

/** The API server's refusal of a pod. */
export interface Refusal {
  retry: RetryPolicy;
  message: string;
}

/** Messages after which Argo, too, retries without end (util/errors/errors.go). */
const UNLIMITED =
  /exceeded quota|on resourcequotas?\b|resource quota evaluation timed out|etcdserver: (?:leader changed|request timed out|too many requests)/;
/** A RuntimeClass that isn't there (yet): Argo gives up. A pod waits for its sandbox, and never runs without. */
const NO_SANDBOX = /RuntimeClass "[^"]*" not found/;
const UNLIMITED_REASONS = new Set(["ServerTimeout", "Timeout", "ServiceUnavailable", "TooManyRequests"]);

/** Messages of a service account or namespace that is being created or deleted; Argo doesn't retry after them. */
const LIMITED = /being terminated|error looking up service account|namespaces? "[^"]*" not found/;

/** Milliseconds for which a limited retry goes on. */
export const RETRY_LIMIT_MS = 120_000;

export function retryAfter({ status, reason, message }: ApiError): RetryPolicy {
  if (status === 429 || UNLIMITED_REASONS.has(reason) || UNLIMITED.test(message) || NO_SANDBOX.test(message))
    return "unlimited";
  if (status >= 500 || status === 401 || status === 409 || LIMITED.test(message)) return "limited";
  return "none";
}

/** The pod that the core gets for one that the server refused: it has failed without ever existing. */
export function rejectedPod(pod: Pod, message: string): Pod {
  return { ...pod, spec: {}, status: { phase: "Failed", reason: REJECTED, message } };
}

/** The pod that the core gets for one whose creation is retried: it is pending, with the reason for its node's message. */
export function waitingPod(pod: Pod, message: string): Pod {
  return { ...pod, spec: {}, status: { phase: "Pending", reason: WAITING, message } };
}

/** The times since which actions have failed, so that their retries have an end. */
export class FailureTimes {
  readonly #since = new Map<string, number>();

  /** Records a failure of the action `key`; whether it has failed for `limit` milliseconds. */
  exceeds(key: string, now: number, limit: number): boolean {
    const since = this.#since.get(key) ?? now;
    this.#since.set(key, since);
    return now - since >= limit;
  }

  forget(key: string): void {
    this.#since.delete(key);
  }
}
