// The error of a request that the API server refuses.
import { retryAfterMs } from "@agentic/api/retry-after.ts";
import { clean, cut } from "@agentic/api/text.ts";

/** The fields of Kubernetes' Status object (meta/v1) that are read here. */
export interface Status {
  /** One CamelCase word for programs, such as `AlreadyExists`. */
  reason?: string;
  message?: string;
  details?: { causes?: { field?: string; message?: string }[] };
}

export interface ApiErrorOptions {
  /** HTTP's status. */
  status: number;
  reason?: string;
  message?: string;
  /** Milliseconds that the server asks to wait before the next try. */
  retryAfterMs?: number | undefined;
  /** The whole Status object, if the answer was one. */
  body?: Status;
}

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  /** HTTP's status. */
  readonly status: number;
  /** The Status object's reason; "" if it has none. */
  readonly reason: string;
  /** Milliseconds that the server asks to wait before the next try. */
  readonly retryAfterMs: number | undefined;
  /** The Status object; empty if the answer was something else. */
  readonly body: Status;

  constructor({ status, reason = "", message = `HTTP ${status}`, retryAfterMs, body = {} }: ApiErrorOptions) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.body = body;
  }
}

/** Whether an error is the API server's answer with one of these HTTP statuses. */
export function isStatus(error: unknown, ...statuses: number[]): error is ApiError {
  return error instanceof ApiError && statuses.includes(error.status);
}

/** What was asked for, or null where the person may not read it or it isn't there. */
export async function ifReadable<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isStatus(error, 403, 404)) return null;
    throw error;
  }
}

/** The error of an answer, be it a Status object or the page of a proxy or a load balancer. */
export function errorOf(
  status: number,
  headers: Record<string, string | string[] | undefined>,
  text: string,
): ApiError {
  const wait = retryAfterMs([headers["retry-after"]].flat()[0]);
  const body = statusIn(text);
  if (!body) return new ApiError({ status, message: `HTTP ${status}: ${cut(clean(text), 200)}`, retryAfterMs: wait });
  const { reason, message } = body;
  return new ApiError({
    status,
    retryAfterMs: wait,
    body,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  });
}

function statusIn(text: string): Status | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Status) : undefined;
  } catch {
    return undefined;
  }
}
