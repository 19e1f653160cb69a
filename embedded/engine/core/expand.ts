// Expands withItems, withParam and withSequence into the items for which a call is repeated.
import { cut } from "@agentic/api/text.ts";
import { parseInteger } from "./integer.ts";
import { type Item, itemOf, itemsOfList } from "./item.ts";
import { type Lookup, substitute } from "./substitute.ts";
import { type AnyString, type Call, type Json, SpecError } from "./types.ts";

/** The most items: the nodes of more would make a Workflow object too large for etcd. */
export const MAX_ITEMS = 10_000;

export const repeats = (call: Call): boolean =>
  (call.withItems?.length ?? 0) > 0 || Boolean(call.withParam) || call.withSequence !== undefined;

const integerOf = (value: AnyString, field: string, lookup: Lookup): number =>
  parseInteger(substitute(String(value), lookup), `withSequence.${field}`);

/** Formats an integer like Go's fmt: %d, %v, %x, %X, %o, %b with flags and width. */
export function formatInteger(format: string, value: number): string {
  let hasNumber = false;
  const text = format.replace(
    /%(?:%|([-+ 0#]*)(\d*(?:\.\d*)?)([a-zA-Z]))/g,
    (whole, flags?: string, width?: string, verb?: string) => {
      if (whole === "%%") return "%";
      const digits: Record<string, string> = {
        d: String(Math.abs(value)),
        v: String(Math.abs(value)),
        x: Math.abs(value).toString(16),
        X: Math.abs(value).toString(16).toUpperCase(),
        o: Math.abs(value).toString(8),
        b: Math.abs(value).toString(2),
      };
      const body = digits[verb ?? ""];
      if (hasNumber || body === undefined || flags?.includes("#") || width?.includes("."))
        throw new SpecError(`withSequence.format: ${JSON.stringify(whole)} is not supported`);
      hasNumber = true;
      const sign = value < 0 ? "-" : flags?.includes("+") ? "+" : flags?.includes(" ") ? " " : "";
      const size = Number(width || 0);
      if (flags?.includes("-")) return (sign + body).padEnd(size);
      if (flags?.includes("0")) return sign + body.padStart(size - sign.length, "0");
      return (sign + body).padStart(size);
    },
  );
  if (!hasNumber)
    throw new SpecError(`withSequence.format: ${JSON.stringify(format)} has no verb for the number, such as %d`);
  return text;
}

function sequence(call: Call, lookup: Lookup): Item[] {
  const { start = "0", end, count, format = "%d" } = call.withSequence ?? {};
  const first = integerOf(start, "start", lookup);
  let last: number;
  if (end !== undefined) last = integerOf(end, "end", lookup);
  else if (count !== undefined) {
    const size = integerOf(count, "count", lookup);
    if (size <= 0) return [];
    last = first + size - 1;
  } else throw new SpecError("neither end nor count was specified in withSequence");
  const size = Math.abs(last - first) + 1;
  if (size > MAX_ITEMS) throw new SpecError(`withSequence makes ${size} items: at most ${MAX_ITEMS} are possible`);
  const step = first <= last ? 1 : -1;
  const resolvedFormat = substitute(format, lookup) || "%d";
  return Array.from({ length: size }, (_, i) => itemOf(formatInteger(resolvedFormat, first + i * step)));
}

/** The items of a repeated call. Throws a SpecError for a withParam that is not a JSON list. */
export function items(call: Call, lookup: Lookup): Item[] {
  if (call.withItems?.length) return call.withItems.map((item) => itemOf(substituteItem(item, lookup)));
  if (!call.withParam) return sequence(call, lookup);
  const text = substitute(call.withParam, lookup);
  const list = itemsOfList(text);
  if (!list) throw new SpecError(`withParam value could not be parsed as a JSON list: ${cut(text.trim(), 200)}`);
  if (list.length > MAX_ITEMS)
    throw new SpecError(`withParam has ${list.length} items: at most ${MAX_ITEMS} are possible`);
  return list;
}

function substituteItem(item: Json, lookup: Lookup): Json {
  if (typeof item === "string") return substitute(item, lookup);
  if (Array.isArray(item)) return item.map((part) => substituteItem(part, lookup));
  if (item === null || typeof item !== "object") return item;
  return Object.fromEntries(Object.entries(item).map(([key, part]) => [key, substituteItem(part, lookup)]));
}
