// Substitutes `{{name}}`. A substituted value is not scanned again: a step's output that contains `{{workflow.parameters.x}}`
// stays as it is (Argo substitutes it).
import { type AnyString, SpecError } from "./types.ts";

/** The value of a variable: null for the output of a skipped task without a default, undefined for an unknown variable. */
export type Lookup = (name: string) => string | null | undefined;

const VARIABLE = /^(?:item(?:\.|$)|retries$|lastRetry\.|(?:inputs|outputs|steps|tasks|workflow|pod|node)\.)/;

/** Whether a tag is a variable of workflows; other text in braces is left for the program that reads it. */
export const isVariable = (tag: string) => VARIABLE.test(tag.trim());

export const layers =
  (...lookups: Lookup[]): Lookup =>
  (name) => {
    for (const lookup of lookups) {
      const value = lookup(name);
      if (value !== undefined) return value;
    }
    return undefined;
  };

export const fromMap =
  (values: ReadonlyMap<string, string | null>): Lookup =>
  (name) =>
    values.get(name);

type Piece = { text: string } | { tag: Piece[] };

/** Splits a text into literal pieces and tags; a tag may contain tags (`{{inputs.parameters.{{item}}}}`). */
function pieces(text: string): Piece[] {
  function read(from: number, inTag: boolean): { found: Piece[]; end: number } | undefined {
    const found: Piece[] = [];
    let literal = "";
    let i = from;
    while (i < text.length) {
      if (inTag && text.startsWith("}}", i)) {
        if (literal) found.push({ text: literal });
        return { found, end: i + 2 };
      }
      const tag = text.startsWith("{{", i) ? read(i + 2, true) : undefined;
      if (tag) {
        if (literal) found.push({ text: literal });
        literal = "";
        found.push({ tag: tag.found });
        i = tag.end;
      } else {
        literal += text[i];
        i++;
      }
    }
    if (inTag) return undefined;
    if (literal) found.push({ text: literal });
    return { found, end: i };
  }
  return read(0, false)?.found ?? [];
}

function resolve(name: string, lookup: Lookup): string {
  if (!isVariable(name)) return `{{${name}}}`;
  const value = lookup(name.trim());
  if (value === undefined) throw new SpecError(`failed to resolve {{${name}}}`);
  if (value === null) {
    throw new SpecError(
      `unable to substitute {{${name}}}: output is an absent optional (skipped/omitted node with no default)`,
    );
  }
  return value;
}

function render(found: Piece[], lookup: Lookup): string {
  return found.map((piece) => ("text" in piece ? piece.text : resolve(render(piece.tag, lookup), lookup))).join("");
}

/** The text with every variable replaced. Throws a SpecError with the name of a variable that has no value. */
export function substitute(text: string, lookup: Lookup): string {
  return text.includes("{{") ? render(pieces(text), lookup) : text;
}

/** A copy of any JSON value with the variables in all its strings and keys replaced. */
export function substituteIn<T>(value: T, lookup: Lookup): T {
  const walk = (part: unknown): unknown => {
    if (typeof part === "string") return substitute(part, lookup);
    if (Array.isArray(part)) return part.map(walk);
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [substitute(key, lookup), walk(inner)]));
  };
  return walk(value) as T;
}

/** The name of the variable, where the value is one reference and nothing else. */
export function pureReference(value: AnyString | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  const [only, ...others] = pieces(value);
  if (!only || others.length > 0 || "text" in only) return undefined;
  const [name, ...more] = only.tag;
  return name && "text" in name && more.length === 0 ? name.text.trim() : undefined;
}

/** The names of all tags in a text; a tag inside another one's name stands there as `*`. */
export function tags(text: string): string[] {
  const visit = (found: Piece[]): string[] =>
    found.flatMap((piece) => {
      if ("text" in piece) return [];
      const name = piece.tag.map((part) => ("text" in part ? part.text : "*")).join("");
      return [name.trim(), ...visit(piece.tag)];
    });
  return text.includes("{{") ? visit(pieces(text)) : [];
}

/**
 * The text with its variables replaced, in two forms: as it is, to show, and with values inside quotes escaped, to evaluate, so that a
 * quote in a value can't end the string that the author has put around it.
 */
export function substituteQuoted(text: string, lookup: Lookup): { shown: string; safe: string } {
  let shown = "";
  let safe = "";
  let quote = "";
  for (const piece of pieces(text)) {
    if ("text" in piece) {
      for (const char of piece.text) {
        if (quote === "" && (char === "'" || char === '"')) quote = char;
        else if (char === quote) quote = "";
      }
      shown += piece.text;
      safe += piece.text;
    } else {
      const value = resolve(render(piece.tag, lookup), lookup);
      shown += value;
      safe += quote === "" ? value : value.replace(/['"\\]/g, "\\$&");
    }
  }
  return { shown, safe };
}
