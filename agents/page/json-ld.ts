// JSON-LD as facts: one line per value, under the name of the thing it belongs to.
import { cut } from "@agentic/api/text.ts";
import { decodeHTML } from "entities";
import { readable, squeeze } from "./rendered.ts";

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

/** The parts of JSON as pages write it: strings, comments, marks and literals. Anything else matches nothing. */
const PARTS =
  /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|\/\*[\s\S]*?\*\/|\/\/[^\n\r]*|<!--|-->|<!\[CDATA\[|\]\]>|[{}[\],:;]|[\w.+-]+|[\s\p{Cc}\uFEFF]+/uy;
const FORGIVEN = /^(?:\/[*/]|<!|-->|\]\]>|;|[\s\p{Cc}\uFEFF])/u;

/** Properties that mean nothing without the currency beside them. */
const amounts = new Set(["price", "lowPrice", "highPrice", "minPrice", "maxPrice", "value"]);
/** What holds the amounts of the thing around it, in that thing's currency unless it names its own. */
const pricing = new Set(["priceSpecification", "priceComponent", "offers"]);
const currencies = ["priceCurrency", "currency"] as const;

/** Whether a script's type is JSON-LD's media type, in any letters and with any parameters. */
export const isJsonLd = (type: string | undefined): boolean => /^\s*application\/ld\+json\s*(?:;|$)/i.test(type ?? "");

/**
 * The JSON of a JSON-LD script, numbers as their text if asked for. Marks of comments and CDATA around it are taken off, and
 * line ends within strings are forgiven, as they are common; so are comments, commas before a closing bracket, and semicolons.
 * Several values in a row are a list of them. Throws when it is no JSON all the same.
 */
export function parseJsonLd(source: string, options: { numbersAsText?: boolean } = {}): unknown {
  const whole = source.trim().replace(/^(?:\/\/|\/\*)?\s*(?:<!--|<!\[CDATA\[)\s*(?:\*\/)?/, "");
  const tail = whole.slice(-MARK);
  const text = whole.slice(0, -MARK) + tail.replace(/(?:\/\/|\/\*)?\s*(?:-->|\]\]>)\s*(?:\*\/)?$/, "");
  const parse = options.numbersAsText ? parseNumbersAsText : (json: string) => JSON.parse(json) as unknown;
  try {
    return parse(withoutControls(text));
  } catch {
    const values = strictValues(source).map((value) => parse(withoutControls(value)));
    return values.length > 1 ? values : values[0];
  }
}

/** Controls are blanks outside of strings and forbidden within. */
const withoutControls = (text: string): string => text.replace(/^\uFEFF|\p{Cc}/gu, " ");

function parseNumbersAsText(text: string): unknown {
  try {
    // "1299.00" is a price as it is written, 1299 is not.
    return parseWithSource(text, (_, value, { source: written }) => (typeof value === "number" ? written : value));
  } catch (error) {
    // Revivers recurse by depth; JSON.parse alone doesn't.
    if (error instanceof RangeError) return JSON.parse(text) as unknown;
    throw error;
  }
}

/** The text of each value of a source that has more than JSON allows, without that. Throws when there is none. */
function strictValues(source: string): string[] {
  // A mark's line may go on with the value: "//<![CDATA[ {".
  const text = source.replace(/^\s*\/\/\s*(?:<!--|<!\[CDATA\[)/, "");
  const values: string[] = [];
  let parts: string[] = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    PARTS.lastIndex = at;
    const part = PARTS.exec(text)?.[0];
    if (part === undefined) throw new SyntaxError(`JSON-LD has no part such as ${text.slice(at, at + MARK)}`);
    at += part.length;
    if (FORGIVEN.test(part) || (depth === 0 && part === ",")) continue;
    if (part === "}" || part === "]") {
      depth--;
      if (parts.at(-1) === ",") parts.pop();
    } else if (part === "{" || part === "[") depth++;
    parts.push(part);
    if (depth > 0) continue;
    values.push(parts.join(""));
    parts = [];
  }
  if (parts.length > 0 || values.length === 0) throw new SyntaxError("JSON-LD ends before its value does");
  return values;
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

const shown = (text: string, max: number): string => cut(squeeze(readable(decodeHTML(text.slice(0, 4 * max)))), max);

/** The values of a JSON-LD text, those of a thing named by its "@id" under what names it; none if it is no JSON. */
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
  const around = new Set<Thing>();
  const later: [Thing, Place][] = [];
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
    } else if (Array.isArray(value)) for (const one of value) walk(one, inner);
    else if (isThing(value)) visit(value, place);
  };
  /** A thing where it stands: a reference is what it refers to, and what others refer to waits for them. */
  const visit = (thing: Thing, place: Place): void => {
    const id = thing["@id"];
    const node = typeof id === "string" ? nodes.get(id) : undefined;
    if (place.path.length === 0 && typeof id === "string" && named.has(id) && isPart(thing)) later.push([thing, place]);
    else if (node === undefined || !isReference(thing)) walkThing(thing, place);
    else if (!isPart(node)) walk(node.name, { ...place, path: [...place.path, "name"] });
    else if (!around.has(node) && joins++ < MAX_LINES) {
      joined.add(node);
      walkThing(node, place);
    }
  };
  const walkThing = (thing: Thing, { subject, path, depth, currency: outer }: Place) => {
    const own = (path.length === 0 ? literal(thing.name) : undefined) ?? subject;
    const currency = currencies.map((key) => literal(thing[key])).find(Boolean) ?? outer;
    around.add(thing);
    for (const [key, inner] of Object.entries(thing)) {
      const place = { subject: own, path: [...path, key], depth: depth + 1 };
      // "@list", "@set" and "@graph" hold values, the other keywords say how to read them.
      if (["@graph", "@list", "@set"].includes(key)) walk(inner, { ...place, path, currency: outer });
      else if (key.startsWith("@") || (currency && key === "priceCurrency")) continue;
      else if (currency && (amounts.has(key) || pricing.has(key))) walk(inner, { ...place, currency });
      else if (!(currency && key === "currency" && "value" in thing)) walk(inner, place);
    }
    around.delete(thing);
  };
  walk(document, { subject: "", path: [], depth: 0 });
  for (const [thing, place] of later) if (!joined.has(thing)) walkThing(thing, place);
  return lines;
}

type Thing = Record<string, unknown>;

/** Where a value stands: in what, under which names, how deep, and in which currency its amounts are. */
interface Place {
  subject: string;
  path: string[];
  depth: number;
  currency?: string | undefined;
}

const isThing = (value: unknown): value is Thing =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isReference = (thing: Thing): boolean => Object.keys(thing).every((key) => key === "@id" || key === "@type");

/** Whether a thing says little without what it is part of: it has no name, or it is an offer, known by its price. */
const isPart = (thing: Thing): boolean =>
  literal(thing.name) === undefined ||
  Object.keys(thing).some((key) => amounts.has(key) || key === "priceSpecification");

/** The document's things by their "@id", and the ids that others refer to. */
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
