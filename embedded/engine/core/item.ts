// An item of a loop: as in Argo the JSON text that it was written in (pkg/apis/workflow/v1alpha1/item.go), so that 1.10
// stays 1.10 and a 64-bit id keeps its digits.
import { isJson } from "./json.ts";
import { compact, elements, members } from "./raw-json.ts";
import type { Lookup } from "./substitute.ts";
import type { Json } from "./types.ts";

/** Compact JSON. */
export interface Item {
  json: string;
}

/** JSON with sorted keys, as Go writes a map. */
function sortedJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sortedJson(value[key] ?? null)}`).join(",")}}`;
}

/** An item of `withItems`, which comes from the API server: that sorts the keys of maps. */
export const itemOf = (value: Json): Item => ({ json: sortedJson(value) });

/** The items of a JSON list; undefined when the text is none. Go's null is a list without items. */
export function itemsOfList(text: string): Item[] | undefined {
  if (!isJson(text)) return undefined;
  const json = compact(text);
  if (json === "null") return [];
  return json.startsWith("[") ? elements(json).map((element) => ({ json: element })) : undefined;
}

/** The text that stands for a value in a template: a string's own, of anything else its JSON. */
const plain = (json: string): string => (json.startsWith('"') ? (JSON.parse(json) as string) : json);

/** In a node's name Argo writes a string as in JSON, without its quotes. */
const named = (json: string): string => (json.startsWith('"') ? json.slice(1, -1) : json);

/** What an item is called in the name of its node. */
export function describe({ json }: Item): string {
  // Go takes null for a list without elements here.
  if (json === "null") return "[]";
  if (json.startsWith("[")) return `[${elements(json).map(named).join(" ")}]`;
  if (!json.startsWith("{")) return named(json);
  return [...members(json)]
    .map(([key, value]) => `${key}:${named(value)}`)
    .sort()
    .join(",");
}

function whole(json: string): string {
  if (!json.startsWith("{")) return plain(json);
  const sorted = [...members(json)].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
}

/** `{{item}}`, and `{{item.key}}` of a map. */
export function itemLookup({ json }: Item): Lookup {
  const inner = json.startsWith("{") ? members(json) : new Map<string, string>();
  return (name) => {
    if (name === "item") return whole(json);
    const value = name.startsWith("item.") ? inner.get(name.slice("item.".length)) : undefined;
    return value === undefined ? undefined : plain(value);
  };
}
