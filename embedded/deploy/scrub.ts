// Keeps secrets out of everything that is said: events, errors and the program's own words.
import type { Program } from "./engine.ts";
import type { DeployEvent } from "./events.ts";
import { Secret, type Value } from "./values.ts";

/** Shorter texts are too likely to be part of harmless words. */
const shortest = 4;
/** So are the shorter lines of a longer text. */
const shortestLine = 12;

/** Knows the secret texts of a run and takes them out of what is shown. */
export class Scrubber {
  readonly #texts = new Set<string>();
  #pattern: RegExp | undefined;

  /** Remembers every secret text in a value, as it stands and as a Secret's `data` holds it. */
  add(value: Value, secret = false): void {
    if (value instanceof Secret) this.add(value.value, true);
    else if (typeof value === "string" && secret) this.#remember(value);
    else if (value !== null && typeof value === "object" && !(value instanceof Date))
      for (const item of Object.values(value)) this.add(item as Value, secret);
  }

  /** Remembers a text that is secret as a whole, or JSON whose texts are. */
  addText(text: string): void {
    this.#remember(text);
    if (!/^[[{]/.test(text)) return;
    try {
      this.add(JSON.parse(text) as Value, true);
    } catch {
      // It only looks like JSON.
    }
  }

  /** Texts that stand in what everybody reads anyway, such as names, are no secrets. */
  allow(text: string): void {
    for (const one of this.#texts) if (text.includes(one)) this.#texts.delete(one);
    this.#pattern = undefined;
  }

  /** The text with `[secret]` in the place of secrets. */
  clean(text: string): string {
    if (this.#texts.size === 0) return text;
    // Longest first: a secret may be a part of another.
    this.#pattern ??= new RegExp(
      [...this.#texts]
        .sort((a, b) => b.length - a.length)
        .map((one) => one.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
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
    for (const one of [text.trim(), ...lines.filter((line) => line.length >= shortestLine)])
      for (const form of [one, JSON.stringify(one).slice(1, -1), Buffer.from(one).toString("base64")])
        if (one.length >= shortest) this.#texts.add(form);
    this.#pattern = undefined;
  }
}

/** A listener that hears everything without the program's secrets, and the scrubber that learns them. */
export function scrubbed(
  { config }: Program,
  on: (event: DeployEvent) => void = () => {},
): { scrubber: Scrubber; on: (event: DeployEvent) => void } {
  const scrubber = new Scrubber();
  for (const key of config.secretKeys) scrubber.addText(config.values[key] ?? "");
  // What a resource is called is no secret, and stays the same from its first event to its last.
  const cleaned = (event: DeployEvent): DeployEvent =>
    event.kind === "log"
      ? scrubber.cleanAll(event)
      : { ...event, message: scrubber.cleanAll(event.message), changes: scrubber.cleanAll(event.changes) };
  return { scrubber, on: (event) => on(cleaned(event)) };
}
