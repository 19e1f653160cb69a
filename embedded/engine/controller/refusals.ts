// Classifies the API server's refusals of a new pod: final, or worth a retry.
import type { ApiError } from "@agentic/kube/client/api-error.ts";
import { REJECTED } from "../core/failure.ts";
import { WAITING } from "../core/observe.ts";
import type { Pod } from "../core/types.ts";

/**
 * `never`: the pod is as the server will not have it. `soon`: what hinders it passes within minutes, or not at all.
 * `once`: it passes when others end, however long that takes.
 */
export type Refusal = "never" | "soon" | "once";

/** Argo waits for these without end, too (util/errors/errors.go). */
const PASSING =
  /exceeded quota|on resourcequotas?\b|resource quota evaluation timed out|etcdserver: (?:leader changed|request timed out|too many requests)/;
const PASSING_REASONS = new Set(["ServerTimeout", "Timeout", "ServiceUnavailable", "TooManyRequests"]);

/** An account or a namespace that is just being made, or goes; Argo doesn't wait for them. */
const SETTLING = /being terminated|error looking up service account|namespaces? "[^"]*" not found/;

/** Milliseconds after which a passing refusal counts as final. */
export const SOON_MS = 120_000;

export function refusalOf({ status, reason, message }: ApiError): Refusal {
  if (status === 429 || PASSING_REASONS.has(reason) || PASSING.test(message)) return "once";
  if (status >= 500 || status === 401 || status === 409 || SETTLING.test(message)) return "soon";
  return "never";
}

/** What the core is told of a pod that the server refused: a pod that failed before it was. */
export function rejectedPod(pod: Pod, message: string): Pod {
  return { ...pod, spec: {}, status: { phase: "Failed", reason: REJECTED, message } };
}

/** What the core is told of a pod that has to wait, so that its node says why. */
export function waitingPod(pod: Pod, message: string): Pod {
  return { ...pod, spec: {}, status: { phase: "Pending", reason: WAITING, message } };
}

/** Since when something has been in the way, so that waiting for it has an end. */
export class Patience {
  readonly #since = new Map<string, number>();

  /** Whether `key` has been in the way for longer than `limit` milliseconds. */
  isOver(key: string, now: number, limit: number): boolean {
    const since = this.#since.get(key) ?? now;
    this.#since.set(key, since);
    return now - since >= limit;
  }

  forget(key: string): void {
    this.#since.delete(key);
  }
}
