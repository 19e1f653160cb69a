// A small file that somebody renews in place, such as a token that kubelet mounts: read again once it is old.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** A projected token lives an hour and is renewed long before; client-go reads it each minute, too. */
const ageMs = 60_000;

export class RenewedFile {
  readonly #path: string;
  readonly #now: () => number;
  #content: string;
  #readAt: number;

  /** Throws where the file can't be read or is empty. */
  constructor(path: string, now: () => number = () => performance.now()) {
    this.#path = path;
    this.#now = now;
    this.#content = readFileSync(path, "utf8").trim();
    if (this.#content === "") throw new Error(`${path} is empty`);
    this.#readAt = now();
  }

  /**
   * The content without blanks around it. While the file can't be read, or is empty, it is the last that there was.
   *
   * @param fresh read it now, however old the last reading is
   */
  async current(fresh = false): Promise<string> {
    if (!fresh && this.#now() - this.#readAt <= ageMs) return this.#content;
    const content = await readFile(this.#path, "utf8").catch(() => "");
    this.#content = content.trim() || this.#content;
    this.#readAt = this.#now();
    return this.#content;
  }
}
