// Refusals: what went wrong, as the contract's ErrorBody with the HTTP status of its cause.
import { ApiError } from "@agentic/kube/client/api-error.ts";
import type { ErrorBody } from "../contract.ts";

/** A refusal of the console's own. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { advice?: string; retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.body = { code, message, ...(more.advice ? { advice: more.advice } : {}) };
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

export const notFound = (what: string): Refusal => new Refusal(404, "not-found", `${what} isn't there`);
export const invalid = (message: string): Refusal => new Refusal(422, "invalid", message);

/** By HTTP status of the API server's answer. */
const CODES: Record<number, { code: string; advice?: string }> = {
  400: { code: "invalid" },
  401: { code: "unauthenticated", advice: "Sign in again." },
  403: { code: "forbidden", advice: "A tenant's roles are the platform team's to give: docs/approvals.md." },
  404: { code: "not-found" },
  409: { code: "changed", advice: "It has been changed or made meanwhile: look at it again." },
  413: { code: "too-large" },
  422: { code: "invalid" },
  429: { code: "busy", advice: "The API server is busy, or a quota is used up: try again later." },
};

const UNAVAILABLE = { code: "unavailable", advice: "The API server can't be reached: this goes on once it can." };

export interface Refused {
  status: number;
  body: ErrorBody;
  retryAfterSeconds?: number | undefined;
}

/** Any error as an answer, or undefined for a mistake of the console's own. */
export function refusalOf(error: unknown): Refused | undefined {
  if (error instanceof Refusal)
    return { status: error.status, body: error.body, retryAfterSeconds: error.retryAfterSeconds };
  if (error instanceof ApiError) {
    const known = CODES[error.status];
    if (!known) return { status: 503, body: { ...UNAVAILABLE, message: error.message } };
    const { code, advice } = known;
    // The API server's own sentences for fields that are wrong; a policy's refusal names no field.
    const causes = (error.body.details?.causes ?? []).flatMap(({ field, message: why = "" }) =>
      field ? [{ field, message: why }] : [],
    );
    const message = causes.length > 0 ? (error.message.split(": ")[0] ?? error.message) : error.message;
    return {
      status: error.status,
      body: { code, message, ...(advice ? { advice } : {}), ...(causes.length > 0 ? { causes } : {}) },
      ...(error.retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(error.retryAfterMs / 1000) }),
    };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (isConnectionError(error))
    return { status: 503, body: { ...UNAVAILABLE, message: message || code || "no answer" } };
  return undefined;
}

/** Whether no answer came from the other side. */
export function isConnectionError(error: unknown): boolean {
  const { code = "" } = error as NodeJS.ErrnoException;
  return /^(ECONN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|EAI_|UND_ERR_|ERR_HTTP2)/.test(code);
}
