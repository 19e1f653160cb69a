// Removes secrets from everything that is shown: events, errors and the program's own messages.
import type { Program } from "./engine.ts";
import type { DeployEvent } from "./events.ts";
import { Secret, type Value } from "./values.ts";

/** Shortest secret that is removed: shorter texts are too likely to be part of harmless ones. */
const shortest = 4;
/** Shortest line of a longer secret that is removed on its own. */
const shortestLine = 12;

/** Collects the secret texts of a run and removes them from what is shown. */
export class Scrubber {
  readonly #texts = new Set<string>();
  #pattern: RegExp | undefined;

  /** Adds every secret text in a value, in clear and in base64 as in a Secret's `data`. */
  add(value: Value, secret = false): void {
    if (value instanceof Secret) this.add(value.value, true);
    else if (typeof value === "string" && secret) this.#remember(value);
    else if (value !== null && typeof value === "object" && !(value instanceof Date))
      for (const item of Object.values(value)) this.add(item as Value, secret);
  }

  /** Adds a text that is secret as a whole, or JSON whose texts are. */
  addText(text: string): void {
    this.#remember(text);
    if (!/^[[{]/.test(text)) return;
    try {
      this.add(JSON.parse(text) as Value, true);
    } catch {
      // It only looks like JSON.
    }
  }

  /** Removes secrets that are part of a public text, such as a name. */
  allow(text: string): void {
    for (const secret of this.#texts) if (text.includes(secret)) this.#texts.delete(secret);
    this.#pattern = undefined;
  }

  /** The text with `[secret]` in place of secrets. */
  clean(text: string): string {
    if (this.#texts.size === 0) return text;
    // Longest first: a secret may be a part of another.
    this.#pattern ??= new RegExp(
      [...this.#texts]
        .sort((a, b) => b.length - a.length)
        .map((secret) => secret.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join("|"),
      "g",
    );
    return text.replace(this.#pattern, "[secret]");
  }

  /** A copy of any JSON with its texts cleaned. */
  cleanAll<T>(value: T): T {
    if (typeof value === "string") return this.clean(value) as T;
    if (Array.isArray(value)) return value.map((item) => this.cleanAll(item)) as T;
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.cleanAll(item)])) as T;
  }

  #remember(text: string): void {
    const lines = text.split("\n").map((line) => line.trim());
    for (const secret of [text.trim(), ...lines.filter((line) => line.length >= shortestLine)])
      for (const form of [secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString("base64")])
        if (secret.length >= shortest) this.#texts.add(form);
    this.#pattern = undefined;
  }
}

/** A listener whose events are cleaned of the program's secrets, and the scrubber that collects them. */
export function scrubbed(
  { config }: Program,
  on: (event: DeployEvent) => void = () => {},
): { scrubber: Scrubber; on: (event: DeployEvent) => void } {
  const scrubber = new Scrubber();
  for (const key of config.secretKeys) scrubber.addText(config.values[key] ?? "");
  // A resource's name isn't secret, and is the same in all of its events.
  const cleaned = (event: DeployEvent): DeployEvent =>
    event.kind === "log"
      ? scrubber.cleanAll(event)
      : { ...event, message: scrubber.cleanAll(event.message), changes: scrubber.cleanAll(event.changes) };
  return { scrubber, on: (event) => on(cleaned(event)) };
}
