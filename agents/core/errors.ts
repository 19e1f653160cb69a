// What went wrong, and whether it is worth another try: the exit code of a step follows from it.

import { EXIT_CODES } from "@agentic/api/template.ts";
import { clean, cut } from "@agentic/api/text.ts";

interface StepErrorOptions extends ErrorOptions {
  /** Status of the HTTP answer that says so. */
  httpStatus?: number;
}

/** An error that no retry will mend: wrong input, a refusal, an answer that makes no sense. */
export class PermanentError extends Error {
  override name = "PermanentError";
  readonly httpStatus?: number;

  constructor(message: string, options: StepErrorOptions = {}) {
    super(message, options);
    if (options.httpStatus !== undefined) this.httpStatus = options.httpStatus;
  }
}

/** An answer that came and whose contents can't be had: too many of them, or coded in a way that isn't read. */
export class UnreadableError extends PermanentError {
  override name = "UnreadableError";
}

/** A page that took too long here: worth no other try at once, but one by a later run, on a machine less busy. */
export class TimeLimitError extends PermanentError {
  override name = "TimeLimitError";
}

/** An error that may be gone by the next try. */
export class TransientError extends Error {
  override name = "TransientError";
  /** Milliseconds that the other side asked us to wait, if it did. */
  readonly retryAfterMs?: number;
  readonly httpStatus?: number;

  constructor(message: string, options: StepErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    if (options.httpStatus !== undefined) this.httpStatus = options.httpStatus;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** The pod is being taken away; what is done so far is saved. */
export class InterruptedError extends TransientError {
  override name = "InterruptedError";
}

const transientCodes = new Set([
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_SOCKET",
]);

// Names of errors that the S3, OpenAI and Playwright clients throw when nobody answered, or not in time.
const transientNames = new Set([
  "APIConnectionError",
  "APIConnectionTimeoutError",
  "NetworkingError",
  "RequestTimeout",
  "SlowDown",
  "ServiceUnavailable",
  "TimeoutError",
  "TransientError",
  "InterruptedError",
]);

// Postgres: connection exceptions, insufficient resources, operator intervention, serialization and deadlock.
const transientSqlState = /^(08|53|57P|40001|40P01)/;

/** Words of errors that carry neither code nor status. */
const transientMessage =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|socket hang up|Connection terminated|timeout exceeded when trying to connect|Target (page, context or browser has been )?closed|Browser closed|WebSocket error.*(429|5\d\d)|has been disconnected/i;

/** Whether an HTTP status says "try again". */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

interface ErrorLike {
  name?: unknown;
  code?: unknown;
  status?: unknown;
  message?: unknown;
  cause?: unknown;
  errors?: unknown;
  $metadata?: { httpStatusCode?: unknown };
}

/** Whether another try may succeed, for the errors of every client that the agents use. */
export function isTransient(error: unknown): boolean {
  if (typeof error !== "object" || error === null || error instanceof PermanentError) return false;
  const { name, code, status, message, cause, errors, $metadata } = error as ErrorLike;
  const http = typeof status === "number" ? status : $metadata?.httpStatusCode;
  if (typeof http === "number" && http >= 400) return isTransientStatus(http);
  if (typeof name === "string" && transientNames.has(name)) return true;
  if (typeof code === "string" && (transientCodes.has(code) || transientSqlState.test(code))) return true;
  if (Array.isArray(errors) && errors.length > 0) return errors.some(isTransient);
  if (isTransient(cause)) return true;
  return typeof message === "string" && transientMessage.test(message);
}

/** Exit code for an error that ended a step. */
export function exitCodeOf(error: unknown): number {
  return isTransient(error) ? EXIT_CODES.transient : 1;
}

/** One line about an error, for people; an error without a message says its code. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return cut(clean(String(error)), 500);
  const code = (error as ErrorLike).code;
  const inner = error instanceof AggregateError && error.errors.length > 0 ? describe(error.errors[0]) : "";
  const text = error.message || inner || (typeof code === "string" ? code : error.name);
  return cut(clean(text.split("\n")[0] ?? ""), 500);
}
