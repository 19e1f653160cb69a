// A visitor's Kubernetes token: its own end, and the name by which the console speaks of it without saying it.
import { createHash } from "node:crypto";
import { decodeJwt } from "jose";

/** Seconds since the epoch at which the token ends; undefined where it doesn't say. */
export function endOf(token: string): number | undefined {
  try {
    return decodeJwt(token).exp;
  } catch {
    return undefined;
  }
}

/** Whether it can stand in a header: a token is printable ASCII without blanks (RFC 6750). */
export const isToken = (text: unknown): text is string =>
  typeof text === "string" && /^[\x21-\x7e]{1,16384}$/.test(text);

/** A name of the token that says nothing of it. */
export const nameOf = (token: string): string => createHash("sha256").update(token).digest("base64url");
