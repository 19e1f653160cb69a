// One-time codes that stand for a token while a browser is opened: `make console` asks for one, and the page exchanges it.
import { randomBytes } from "node:crypto";

const LIFETIME_MS = 60_000;
const MOST = 100;

export class Codes {
  readonly #tokens = new Map<string, { token: string; end: number }>();

  /** A code for the token, and when it ends (milliseconds since the epoch). */
  issue(token: string): { code: string; end: number } {
    const now = Date.now();
    for (const [code, { end }] of this.#tokens) if (end < now || this.#tokens.size >= MOST) this.#tokens.delete(code);
    const code = randomBytes(24).toString("base64url");
    const end = now + LIFETIME_MS;
    this.#tokens.set(code, { token, end });
    return { code, end };
  }

  /** The code's token, the first time and while it lasts. */
  redeem(code: string): string | undefined {
    const entry = this.#tokens.get(code);
    this.#tokens.delete(code);
    return entry && entry.end >= Date.now() ? entry.token : undefined;
  }
}
