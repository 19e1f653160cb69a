// A small file that is renewed in place, such as a token that kubelet mounts: it is read again after a minute.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Milliseconds. A projected token lives an hour and is renewed long before; client-go reads it each minute, too. */
const rereadAfterMs = 60_000;

export class RenewedFile {
  readonly #path: string;
  readonly #now: () => number;
  #content: string;
  #readAt: number;

  /** Throws if the file can't be read or is empty. */
  constructor(path: string, now: () => number = () => performance.now()) {
    this.#path = path;
    this.#now = now;
    this.#content = readFileSync(path, "utf8").trim();
    if (this.#content === "") throw new Error(`${path} is empty`);
    this.#readAt = now();
  }

  /**
   * The content without blanks around it. While the file can't be read or is empty, it is the last content that was read.
   *
   * @param fresh whether to read the file now, however recent the last reading is
   */
  async current(fresh = false): Promise<string> {
    if (!fresh && this.#now() - this.#readAt <= rereadAfterMs) return this.#content;
    const content = await readFile(this.#path, "utf8").catch(() => "");
    this.#content = content.trim() || this.#content;
    this.#readAt = this.#now();
    return this.#content;
  }
}
