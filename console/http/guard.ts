// Who sends a request, and whether it may come from where it does: session or bearer token, CSRF, rates.
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { CSRF_HEADER } from "../contract.ts";
import type { Sessions } from "../sessions/session.ts";
import { endOf, isToken, nameOf } from "../sessions/token.ts";
import type { Visitor, Visitors } from "../sessions/visitors.ts";
import { Refusal } from "./errors.ts";
import type { RateLimit } from "./limit.ts";

export interface Env {
  Bindings: HttpBindings;
  /** `audit`: what is written down of the request beside its path. */
  Variables: { visitor: Visitor; expiresAt: number; audit: Record<string, unknown> | undefined };
}

/** When a visit by a bearer token ends that doesn't say so itself: it is shown with every request. */
const BEARER_SECONDS = 3600;

/** The address that the request comes from. */
export const addressOf = (c: Context<Env>): string => c.env.incoming.socket.remoteAddress ?? "";

export const bearerOf = (c: Context): string | undefined =>
  /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1];

/**
 * Refuses what another site may have made a visitor's browser send: reading needs no more than the cookie's SameSite, writing a header
 * that no other site can set, and an origin that is the console's own. A bearer token isn't sent by a browser on its own.
 */
export const sameOrigin: MiddlewareHandler<Env> = async (c, next) => {
  const isSafe = c.req.method === "GET" || c.req.method === "HEAD";
  if (!isSafe && bearerOf(c) === undefined) {
    const site = c.req.header("sec-fetch-site");
    const origin = c.req.header("origin");
    const isOwn = origin === undefined || URL.parse(origin)?.host === c.req.header("host");
    if (c.req.header(CSRF_HEADER) === undefined || !isOwn || (site !== undefined && site !== "same-origin"))
      throw new Refusal(403, "csrf", "the request comes from another site, or doesn't say that it is the console's");
  }
  await next();
};

/** Takes one request of a key. */
export function demandRate(limit: RateLimit, key: string): void {
  const wait = limit.take(key);
  if (wait !== undefined)
    throw new Refusal(429, "busy", "too many requests", { advice: `Try again in ${wait} s.`, retryAfterSeconds: wait });
}

/** Lets only signed-in visitors through, at their rate. */
export const signedIn =
  ({
    sessions,
    visitors,
    signIns,
    requests,
  }: {
    sessions: Sessions;
    visitors: Visitors;
    /** Of each address. */
    signIns: RateLimit;
    /** Of each token. */
    requests: RateLimit;
  }): MiddlewareHandler<Env> =>
  async (c, next) => {
    const bearer = bearerOf(c);
    if (bearer !== undefined && !isToken(bearer)) throw new Refusal(401, "unauthenticated", "that isn't a token");
    const session = bearer === undefined ? await sessions.of(c) : undefined;
    if (session === "expired" || (session === undefined && bearer === undefined))
      throw new Refusal(401, "unauthenticated", session ? "the session has ended" : "nobody is signed in", {
        advice: "Sign in again.",
      });
    const token = session?.token ?? bearer ?? "";
    // Each new token is one more client of the API server: those that no session has sealed come no faster than sign-ins.
    if (bearer !== undefined && !visitors.has(bearer)) demandRate(signIns, addressOf(c));
    demandRate(requests, nameOf(token));
    const soon = Math.floor(Date.now() / 1000) + BEARER_SECONDS;
    c.set("visitor", visitors.of(token));
    c.set("expiresAt", session?.expiresAt ?? endOf(token) ?? soon);
    await next();
  };
