// The tenants' tokens: read from the files of a Secret, each named after its tenant.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { previousToken, TOKEN_PATTERN, TOKEN_PREFIX } from "@agentic/api/webhook.ts";

/** A changed Secret reaches the mounted files within about a minute; they are read again after this many milliseconds. */
const maxAgeMs = 5_000;

const valid = new RegExp(TOKEN_PATTERN);

/** Reads the tokens that a folder holds. */
export class Tokens {
  readonly #folder: string;
  readonly #now: () => number;
  #known = new Map<string, string | Error>();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(folder: string, now: () => number = Date.now) {
    this.#folder = folder;
    this.#now = now;
  }

  /**
   * The tokens of a tenant that are good: two while it gets another one, none where it takes no events. Rejects where the files
   * can't be read, or its own hold no tokens.
   */
  async of(tenant: string): Promise<string[]> {
    if (this.#now() - this.#readAt > maxAgeMs) await this.#read();
    return [tenant, previousToken(tenant)].flatMap((name) => {
      const token = this.#known.get(name);
      if (token instanceof Error) throw token;
      return token ?? [];
    });
  }

  /** Rejects where the files can't be read, or one of them holds no token. */
  async check(): Promise<void> {
    await this.#read();
    const wrong = [...this.#known.values()].find((token) => token instanceof Error);
    if (wrong) throw wrong;
  }

  async #read(): Promise<void> {
    // The kubelet's own entries begin with two dots.
    const names = (await readdir(this.#folder)).filter((name) => !name.startsWith("."));
    const entries = names.map(async (name) => [name, await readToken(join(this.#folder, name))] as const);
    this.#known = new Map(await Promise.all(entries));
    this.#readAt = this.#now();
  }
}

async function readToken(file: string): Promise<string | Error> {
  const token = (await readFile(file, "utf8")).trim();
  if (valid.test(token)) return token;
  return new Error(`${file} is not a webhook's token${fault(token)}: it must be ${TOKEN_PREFIX} and a key in base64`);
}

/** What is easily overlooked of a text that is no token, without the text. */
function fault(text: string): string {
  if (text === "") return ", it is empty";
  if (/[\r\n]/.test(text)) return ", it has a line break inside";
  return /\s/.test(text) ? ", it has a blank inside" : "";
}
