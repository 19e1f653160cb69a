// JSON-LD as facts: one line per value, under the name of the item that it describes.
import { cut } from "@agentic/api/text.ts";
import { decodeHTML } from "entities";
import { readable, squeeze } from "../core/readable.ts";

export interface JsonLdLine {
  /** Name of the item, such as "Larkspur Aria". */
  subject: string;
  /** Path of the value within it, such as "offers price". */
  property: string;
  value: string;
}

/** Limits beyond which JSON-LD no longer describes a page. */
const MAX_LINES = 200;
const MAX_DEPTH = 16;
const MAX_NAME = 200;
const MAX_VALUE = 300;

/** Characters at the end of a script that are searched for a closing comment or CDATA mark. */
const MAX_CLOSING_MARK = 20;

/** JSON.parse with the third argument of its reviver, which TypeScript's library lacks. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

/** One token of JSON as pages write it: a string, comment, mark, bracket, literal or blank. Other text doesn't match. */
const JSON_PARTS =
  /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|\/\*[\s\S]*?\*\/|\/\/[^\n\r]*|<!--|-->|<!\[CDATA\[|\]\]>|[{}[\],:;]|[\w.+-]+|[\s\p{Cc}\uFEFF]+/uy;
const IGNORED_PARTS = /^(?:\/[*/]|<!|-->|\]\]>|;|[\s\p{Cc}\uFEFF])/u;

/** Properties that need a currency to be understood. */
const amounts = new Set(["price", "lowPrice", "highPrice", "minPrice", "maxPrice", "value"]);
/** Properties that contain amounts of the item around them, in that item's currency unless they name their own. */
const pricing = new Set(["priceSpecification", "priceComponent", "offers"]);
const currencies = ["priceCurrency", "currency"] as const;

/** Whether a script's type is JSON-LD's media type, in any case and with any parameters. */
export const isJsonLd = (type: string | undefined): boolean => /^\s*application\/ld\+json\s*(?:;|$)/i.test(type ?? "");

/**
 * Parses the JSON of a JSON-LD script; with `numbersAsText`, numbers become their text. Accepts faults that are common:
 * comment and CDATA marks around the JSON, line ends within strings, comments, trailing commas, semicolons, and several values
 * in a row, which become a list. Throws a SyntaxError for anything else that is not valid JSON.
 */
export function parseJsonLd(source: string, options: { numbersAsText?: boolean } = {}): unknown {
  const withoutOpeningMark = source.trim().replace(/^(?:\/\/|\/\*)?\s*(?:<!--|<!\[CDATA\[)\s*(?:\*\/)?/, "");
  const tail = withoutOpeningMark.slice(-MAX_CLOSING_MARK);
  const text =
    withoutOpeningMark.slice(0, -MAX_CLOSING_MARK) + tail.replace(/(?:\/\/|\/\*)?\s*(?:-->|\]\]>)\s*(?:\*\/)?$/, "");
  const parse = options.numbersAsText ? parseNumbersAsText : (json: string) => JSON.parse(json) as unknown;
  try {
    return parse(withoutControls(text));
  } catch {
    const values = strictValues(source).map((value) => parse(withoutControls(value)));
    return values.length > 1 ? values : values[0];
  }
}

/** The text with control characters replaced by blanks: JSON forbids them in strings. */
const withoutControls = (text: string): string => text.replace(/^\uFEFF|\p{Cc}/gu, " ");

function parseNumbersAsText(text: string): unknown {
  try {
    // Keeps a price as it is written: the text "1299.00" rather than the number 1299.
    return parseWithSource(text, (_, value, { source: written }) => (typeof value === "number" ? written : value));
  } catch (error) {
    // Deep JSON overflows the stack with a reviver, but not without one.
    if (error instanceof RangeError) return JSON.parse(text) as unknown;
    throw error;
  }
}

/** Each value of the source as strict JSON text. Throws a SyntaxError where there is none. */
function strictValues(source: string): string[] {
  // The value may begin on the mark's line: "//<![CDATA[ {".
  const text = source.replace(/^\s*\/\/\s*(?:<!--|<!\[CDATA\[)/, "");
  const values: string[] = [];
  let parts: string[] = [];
  let depth = 0;
  let position = 0;
  while (position < text.length) {
    JSON_PARTS.lastIndex = position;
    const part = JSON_PARTS.exec(text)?.[0];
    if (part === undefined)
      throw new SyntaxError(`JSON-LD is not valid JSON at ${text.slice(position, position + MAX_CLOSING_MARK)}`);
    position += part.length;
    if (IGNORED_PARTS.test(part) || (depth === 0 && part === ",")) continue;
    if (part === "}" || part === "]") {
      depth--;
      if (parts.at(-1) === ",") parts.pop();
    } else if (part === "{" || part === "[") depth++;
    parts.push(part);
    if (depth > 0) continue;
    values.push(parts.join(""));
    parts = [];
  }
  if (parts.length > 0 || values.length === 0) throw new SyntaxError("JSON-LD ends within a value");
  return values;
}

/** The text of a literal, also in its expanded form (`{"@value": …}`); of a list, the first item's. */
function literal(value: unknown): string | undefined {
  if (Array.isArray(value)) return literalOf(value[0]);
  return literalOf(value);
}

function literalOf(value: unknown): string | undefined {
  const plain = typeof value === "object" && value !== null && "@value" in value ? value["@value"] : value;
  return ["string", "number", "boolean"].includes(typeof plain) && plain !== "" ? String(plain) : undefined;
}

const shown = (text: string, max: number): string => cut(squeeze(readable(decodeHTML(text.slice(0, 4 * max)))), max);

/** The values in a JSON-LD text; an item that another refers to by "@id" stands there. Empty if the text is not valid JSON. */
export function jsonLdLines(text: string): JsonLdLine[] {
  const lines: JsonLdLine[] = [];
  let document: unknown;
  try {
    document = parseJsonLd(text, { numbersAsText: true });
  } catch {
    return [];
  }
  const { nodes, named } = graphOf(document);
  const joined = new Set<Thing>();
  const ancestors = new Set<Thing>();
  const deferred: [Thing, Place][] = [];
  let joins = 0;
  const write = (subject: string, path: string[], value: string) => {
    if (path.length === 0 || (path.length === 1 && path[0] === "name")) return;
    lines.push({
      subject: shown(subject, MAX_NAME) || "page",
      property: shown(path.join(" "), MAX_NAME),
      value: shown(value, MAX_VALUE),
    });
  };
  const walk = (value: unknown, place: Place): void => {
    if (lines.length >= MAX_LINES || place.depth > MAX_DEPTH) return;
    const inner = { ...place, depth: place.depth + 1 };
    const text = Array.isArray(value) ? undefined : literalOf(value);
    if (text !== undefined) {
      const isAmount = place.currency !== undefined && amounts.has(place.path.at(-1) ?? "");
      write(place.subject, place.path, isAmount ? `${text} ${place.currency}` : text);
    } else if (Array.isArray(value)) for (const item of value) walk(item, inner);
    else if (isThing(value)) visit(value, place);
  };
  /** Visits an item: a reference leads to its target, and an item that others refer to is deferred until they are visited. */
  const visit = (thing: Thing, place: Place): void => {
    const id = thing["@id"];
    const node = typeof id === "string" ? nodes.get(id) : undefined;
    if (place.path.length === 0 && typeof id === "string" && named.has(id) && isPart(thing))
      deferred.push([thing, place]);
    else if (node === undefined || !isReference(thing)) walkThing(thing, place);
    else if (!isPart(node)) walk(node.name, { ...place, path: [...place.path, "name"] });
    else if (!ancestors.has(node) && joins++ < MAX_LINES) {
      joined.add(node);
      walkThing(node, place);
    }
  };
  const walkThing = (thing: Thing, { subject, path, depth, currency: outer }: Place) => {
    const ownSubject = (path.length === 0 ? literal(thing.name) : undefined) ?? subject;
    const currency = currencies.map((key) => literal(thing[key])).find(Boolean) ?? outer;
    ancestors.add(thing);
    for (const [key, inner] of Object.entries(thing)) {
      const place = { subject: ownSubject, path: [...path, key], depth: depth + 1 };
      // "@list", "@set" and "@graph" contain values; other keywords only say how to interpret them.
      if (["@graph", "@list", "@set"].includes(key)) walk(inner, { ...place, path, currency: outer });
      else if (key.startsWith("@") || (currency && key === "priceCurrency")) continue;
      else if (currency && (amounts.has(key) || pricing.has(key))) walk(inner, { ...place, currency });
      else if (!(currency && key === "currency" && "value" in thing)) walk(inner, place);
    }
    ancestors.delete(thing);
  };
  walk(document, { subject: "", path: [], depth: 0 });
  for (const [thing, place] of deferred) if (!joined.has(thing)) walkThing(thing, place);
  return lines;
}

type Thing = Record<string, unknown>;

/** Position of a value: its item, the path of property names, the depth, and the currency of amounts. */
interface Place {
  subject: string;
  path: string[];
  depth: number;
  currency?: string | undefined;
}

const isThing = (value: unknown): value is Thing =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isReference = (thing: Thing): boolean => Object.keys(thing).every((key) => key === "@id" || key === "@type");

/** Whether an item is only meaningful as part of another: it has no name, or it is an offer, which has a price. */
const isPart = (thing: Thing): boolean =>
  literal(thing.name) === undefined ||
  Object.keys(thing).some((key) => amounts.has(key) || key === "priceSpecification");

/** The document's items by their "@id", and the ids that others refer to. */
function graphOf(document: unknown): { nodes: Map<string, Thing>; named: Set<string> } {
  const nodes = new Map<string, Thing>();
  const named = new Set<string>();
  const open = [document];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    for (const inner of Object.values(value)) open.push(inner);
    if (!isThing(value) || typeof value["@id"] !== "string") continue;
    if (isReference(value)) named.add(value["@id"]);
    else nodes.set(value["@id"], value);
  }
  return { nodes, named };
}
