// Checks the callers' bearer token: read from its file, compared in constant time.
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";

/** A changed Secret reaches the mounted file within about a minute; the file is read again after this many milliseconds. */
const maxAgeMs = 5_000;

/** Checks `Authorization` headers against the token in a file. */
export class Token {
  readonly #file: string;
  readonly #now: () => number;
  #hash: Buffer | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(file: string, now: () => number = Date.now) {
    this.#file = file;
    this.#now = now;
  }

  /** Whether the header is `Bearer <token>`. Rejects where the file can't be read or is empty. */
  async accepts(header: string | undefined): Promise<boolean> {
    const expected = await this.#wanted();
    const [scheme, sent] = header?.split(" ", 2) ?? [];
    return scheme === "Bearer" && sent !== undefined && timingSafeEqual(sha256(sent), expected);
  }

  async #wanted(): Promise<Buffer> {
    if (!this.#hash || this.#now() - this.#readAt > maxAgeMs) {
      const text = (await readFile(this.#file, "utf8")).trim();
      if (text === "") throw new Error(`${this.#file} is empty: the webhook needs a token`);
      this.#hash = sha256(text);
      this.#readAt = this.#now();
    }
    return this.#hash;
  }
}

/** Hashes have the same length whatever a caller sends, as timingSafeEqual requires. */
function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
