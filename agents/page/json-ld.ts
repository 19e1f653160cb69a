// JSON-LD as facts: one line per value, under the name of the thing it belongs to.
import { clean, cut } from "@agentic/api/text.ts";
import { decodeHTML } from "entities";
import { squeeze } from "./rendered.ts";

export interface JsonLdLine {
  /** The thing, such as "Larkspur Aria". */
  subject: string;
  /** Path of the value within it, such as "offers price". */
  property: string;
  value: string;
}

/** More is no description of a page any more. */
const MAX_LINES = 200;
const MAX_DEPTH = 16;
const MAX_NAME = 200;
const MAX_VALUE = 300;

/** Characters at the end of a script in which a closing mark is looked for. */
const MARK = 20;

/** JSON.parse with the third argument of its reviver, which TypeScript's library lacks. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

/** Properties that mean nothing without the currency beside them. */
const amounts = new Set(["price", "lowPrice", "highPrice", "minPrice", "maxPrice", "value"]);
const currencies = ["priceCurrency", "currency"] as const;

/** Whether a script's type is JSON-LD's media type, in any letters and with any parameters. */
export const isJsonLd = (type: string | undefined): boolean => /^\s*application\/ld\+json\s*(?:;|$)/i.test(type ?? "");

/**
 * The JSON of a JSON-LD script, numbers as their text if asked for. Marks of comments and CDATA around it are taken off, and
 * line ends within strings are forgiven, as they are common. Throws when it is no JSON all the same.
 */
export function parseJsonLd(source: string, options: { numbersAsText?: boolean } = {}): unknown {
  const whole = source.trim().replace(/^(?:\/\/|\/\*)?\s*(?:<!--|<!\[CDATA\[)\s*(?:\*\/)?/, "");
  const tail = whole.slice(-MARK);
  const text = (whole.slice(0, -MARK) + tail.replace(/(?:\/\/|\/\*)?\s*(?:-->|\]\]>)\s*(?:\*\/)?$/, ""))
    // Controls are blanks outside of strings and forbidden within.
    .replace(/^\uFEFF|\p{Cc}/gu, " ");
  if (!options.numbersAsText) return JSON.parse(text) as unknown;
  try {
    // "1299.00" is a price as it is written, 1299 is not.
    return parseWithSource(text, (_, value, { source: written }) => (typeof value === "number" ? written : value));
  } catch (error) {
    // Revivers recurse by depth; JSON.parse alone doesn't.
    if (error instanceof RangeError) return JSON.parse(text) as unknown;
    throw error;
  }
}

/** The text of a literal, in its expanded form (`{"@value": …}`) as well; the first of several. */
function literal(value: unknown): string | undefined {
  if (Array.isArray(value)) return literalOf(value[0]);
  return literalOf(value);
}

function literalOf(value: unknown): string | undefined {
  const plain = typeof value === "object" && value !== null && "@value" in value ? value["@value"] : value;
  return ["string", "number", "boolean"].includes(typeof plain) && plain !== "" ? String(plain) : undefined;
}

const shown = (text: string, max: number): string => cut(squeeze(clean(decodeHTML(text.slice(0, 4 * max)))), max);

/** The values of a JSON-LD text; none if it is no JSON. */
export function jsonLdLines(text: string): JsonLdLine[] {
  const lines: JsonLdLine[] = [];
  let document: unknown;
  try {
    document = parseJsonLd(text, { numbersAsText: true });
  } catch {
    return [];
  }
  const write = (subject: string, path: string[], value: string) => {
    if (path.length === 0 || (path.length === 1 && path[0] === "name")) return;
    lines.push({
      subject: shown(subject, MAX_NAME) || "page",
      property: shown(path.join(" "), MAX_NAME),
      value: shown(value, MAX_VALUE),
    });
  };
  const walk = (value: unknown, subject: string, path: string[], depth: number): void => {
    if (lines.length >= MAX_LINES || depth > MAX_DEPTH) return;
    const text = Array.isArray(value) ? undefined : literalOf(value);
    if (text !== undefined) write(subject, path, text);
    else if (Array.isArray(value)) for (const one of value) walk(one, subject, path, depth + 1);
    else if (typeof value === "object" && value !== null)
      walkThing(value as Record<string, unknown>, subject, path, depth);
  };
  const walkThing = (thing: Record<string, unknown>, subject: string, path: string[], depth: number) => {
    const own = (path.length === 0 ? literal(thing.name) : undefined) ?? subject;
    const currency = currencies.map((key) => literal(thing[key])).find(Boolean);
    for (const [key, inner] of Object.entries(thing)) {
      // "@list", "@set" and "@graph" hold values, the other keywords say how to read them.
      if (["@graph", "@list", "@set"].includes(key)) walk(inner, own, path, depth + 1);
      else if (key.startsWith("@") || (currency && key === "priceCurrency")) continue;
      else if (currency && amounts.has(key)) walk(priced(inner, currency), own, [...path, key], depth + 1);
      else if (!(currency && key === "currency" && "value" in thing)) walk(inner, own, [...path, key], depth + 1);
    }
  };
  walk(document, "", [], 0);
  return lines;
}

/** The amounts with their currency; what is no amount, as it is. */
function priced(value: unknown, currency: string): unknown {
  if (Array.isArray(value)) return value.map((one) => priced(one, currency));
  const amount = literalOf(value);
  return amount === undefined ? value : `${amount} ${currency}`;
}
