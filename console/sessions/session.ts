// Sessions: a sealed cookie with the visitor's token, so that any replica knows it, and a restart ends none.
import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { Refusal } from "../http/errors.ts";
import type { Seal } from "./seal.ts";
import { endOf } from "./token.ts";

export interface OpenSession {
  token: string;
  /** Seconds since the epoch. */
  expiresAt: number;
}

const PURPOSE = "session";
/** The longest that a session lasts whose token doesn't say when it ends. */
const LONGEST_SECONDS = 12 * 3600;
/** Browsers keep no larger cookie. */
const MAX_COOKIE = 4000;

export class Sessions {
  readonly #seal: Seal;
  readonly #seconds: number;
  readonly #cookie: string;
  readonly #secure: boolean;
  /** Ids of sessions that were signed out of, with their ends: a copy of the cookie opens none of them. */
  readonly #signedOut = new Map<string, number>();

  constructor({ seal, minutes, secure }: { seal: Seal; minutes: number; secure: boolean }) {
    this.#seal = seal;
    this.#seconds = minutes * 60;
    this.#secure = secure;
    // The prefix keeps other hosts of the domain from setting it.
    this.#cookie = secure ? "__Host-agentic-session" : "agentic-session";
  }

  /** Begins a session, and gives the browser its cookie. */
  async begin(c: Context, token: string): Promise<OpenSession> {
    const latest = now() + LONGEST_SECONDS;
    return await this.#write(c, { token, id: randomUUID(), latest: Math.min(endOf(token) ?? latest, latest) });
  }

  /** The request's session; a string where it has ended; undefined where it has none. A session in use is made longer. */
  async of(c: Context): Promise<OpenSession | "expired" | undefined> {
    const cookie = getCookie(c, this.#cookie);
    if (!cookie) return undefined;
    const content = await this.#seal.open(PURPOSE, cookie);
    if (content === "expired" || content === undefined) return content;
    const { token, id, latest, exp: expiresAt } = content as unknown as Content & { exp: number };
    if (this.#signedOut.has(id)) return undefined;
    const isHalfOver = expiresAt - now() < this.#seconds / 2;
    if (isHalfOver && latest > expiresAt) return await this.#write(c, { token, id, latest });
    return { token, expiresAt };
  }

  async end(c: Context): Promise<void> {
    const content = await this.#seal.open(PURPOSE, getCookie(c, this.#cookie) ?? "");
    for (const [id, end] of this.#signedOut) if (end < now()) this.#signedOut.delete(id);
    if (typeof content === "object") this.#signedOut.set(String(content.id), Number(content.latest));
    deleteCookie(c, this.#cookie, { path: "/", secure: this.#secure });
  }

  async #write(c: Context, content: Content): Promise<OpenSession> {
    const expiresAt = Math.min(now() + this.#seconds, content.latest);
    const sealed = await this.#seal.close(PURPOSE, { ...content }, expiresAt);
    if (sealed.length > MAX_COOKIE)
      throw new Refusal(413, "too-large", "the token is too large for a cookie", {
        advice: "Have the issuer put fewer groups into it.",
      });
    setCookie(c, this.#cookie, sealed, {
      httpOnly: true,
      secure: this.#secure,
      sameSite: "Strict",
      path: "/",
      maxAge: Math.max(1, expiresAt - now()),
    });
    return { token: content.token, expiresAt };
  }
}

interface Content {
  token: string;
  id: string;
  /** When it ends at the latest, however much it is used. */
  latest: number;
}

const now = (): number => Math.floor(Date.now() / 1000);
