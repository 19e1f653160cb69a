// The errors of a step. Whether a retry may solve an error decides the step's exit code.

import { EXIT_CODES } from "@agentic/api/retries.ts";
import { clean, cut } from "@agentic/api/text.ts";

interface StepErrorOptions extends ErrorOptions {
  /** Status of the HTTP response that reports the error. */
  httpStatus?: number;
}

/** An error that no retry can solve: wrong input, a refusal, an answer of the model that can't be used. */
export class PermanentError extends Error {
  override name = "PermanentError";
  readonly httpStatus?: number;

  constructor(message: string, options: StepErrorOptions = {}) {
    super(message, options);
    if (options.httpStatus !== undefined) this.httpStatus = options.httpStatus;
  }
}

/**
 * A service doesn't take the pod's credentials. They stay the same as long as the pod does, so that it tries no more; another pod has
 * those that the Secret holds by then, which may have been rotated.
 */
export class CredentialsError extends PermanentError {
  override name = "CredentialsError";
}

/** A response whose body can't be read: it is too large, or its content coding isn't supported. */
export class UnreadableError extends PermanentError {
  override name = "UnreadableError";
}

/** A page exceeds its time limit. It is not retried in this run, but a later run, on a less busy machine, may succeed. */
export class TimeLimitError extends PermanentError {
  override name = "TimeLimitError";
}

/** An error that a retry may solve. */
export class TransientError extends Error {
  override name = "TransientError";
  /** Milliseconds to wait, if the service asked for it. */
  readonly retryAfterMs?: number;
  readonly httpStatus?: number;

  constructor(message: string, options: StepErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    if (options.httpStatus !== undefined) this.httpStatus = options.httpStatus;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** A service isn't there: nothing listens, its name is unknown, or it says that it is starting. */
export class NotReadyError extends TransientError {
  override name = "NotReadyError";
}

/** The pod is being stopped; the finished items are saved. */
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

// Names of errors that the S3, OpenAI and Playwright clients throw where no response arrives, or not in time.
const transientNames = new Set([
  "APIConnectionError",
  "APIConnectionTimeoutError",
  "NetworkingError",
  "RequestTimeout",
  "SlowDown",
  "ServiceUnavailable",
  "TimeoutError",
  "TransientError",
  "NotReadyError",
  "InterruptedError",
]);

// Classes of Postgres' errors: connection exception, insufficient resources, operator intervention, serialization failure, deadlock.
const transientSqlState = /^(08|53|57P|40001|40P01)/;

/** Messages of transient errors that have neither a code nor a status. */
const transientMessage =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|socket hang up|Connection terminated|timeout exceeded when trying to connect|Target (page, context or browser has been )?closed|Browser closed|WebSocket error.*(429|5\d\d)|has been disconnected/i;

/** Whether a request with this HTTP status is worth a retry. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

interface ErrorLike {
  name?: unknown;
  code?: unknown;
  status?: unknown;
  httpStatus?: unknown;
  message?: unknown;
  cause?: unknown;
  errors?: unknown;
  $metadata?: { httpStatusCode?: unknown };
}

/** Whether a retry may succeed, for the errors of every client that the agents use. */
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

/** Codes of errors of a service that isn't there, and Postgres' own while it starts. */
const notReadyCodes = new Set(["EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "57P03"]);

/** Whether a transient error says that the service isn't there, rather than that it failed at what it was asked. */
export function isNotReady(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, status, httpStatus, message, cause, errors, $metadata } = error as ErrorLike;
  if ([status, httpStatus, $metadata?.httpStatusCode].includes(503)) return true;
  if (typeof code === "string" && notReadyCodes.has(code)) return true;
  if (Array.isArray(errors) && errors.some(isNotReady)) return true;
  return isNotReady(cause) || (typeof message === "string" && message.includes("ECONNREFUSED"));
}

/** The exit code of a step that an error has ended. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof NotReadyError) return EXIT_CODES.notReady;
  return isTransient(error) || error instanceof CredentialsError ? EXIT_CODES.transient : EXIT_CODES.failed;
}

/** One line about an error, for people: its message, else its code or name. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return cut(clean(String(error)), 500);
  const code = (error as ErrorLike).code;
  const inner = error instanceof AggregateError && error.errors.length > 0 ? describe(error.errors[0]) : "";
  const text = error.message || inner || (typeof code === "string" ? code : error.name);
  return cut(clean(text.split("\n")[0] ?? ""), 500);
}
