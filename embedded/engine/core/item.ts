// The items of a loop. As in Argo (pkg/apis/workflow/v1alpha1/item.go) an item is the JSON text that it was written as, so that
// 1.10 stays 1.10 and a 64-bit id keeps its digits.
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

/** An item of `withItems`. The keys of its maps are sorted, as the API server sorts them. */
export const itemOf = (value: Json): Item => ({ json: sortedJson(value) });

/** The items of a JSON list; undefined for other text. Null is an empty list, as in Go. */
export function itemsOfList(text: string): Item[] | undefined {
  if (!isJson(text)) return undefined;
  const json = compact(text);
  if (json === "null") return [];
  return json.startsWith("[") ? elements(json).map((element) => ({ json: element })) : undefined;
}

/** The text of a value in a template: that of a string without quotes, of another value its JSON. */
const textOf = (json: string): string => (json.startsWith('"') ? (JSON.parse(json) as string) : json);

/** The text of a value in a node's name: Argo keeps the escapes of a JSON string there, but not its quotes. */
const nameOf = (json: string): string => (json.startsWith('"') ? json.slice(1, -1) : json);

/** The item's part of its node's name. */
export function describe({ json }: Item): string {
  // Null is an empty list here, as in Go.
  if (json === "null") return "[]";
  if (json.startsWith("[")) return `[${elements(json).map(nameOf).join(" ")}]`;
  if (!json.startsWith("{")) return nameOf(json);
  return [...members(json)]
    .map(([key, value]) => `${key}:${nameOf(value)}`)
    .sort()
    .join(",");
}

/** The value of `{{item}}`; a map has sorted keys. */
function itemText(json: string): string {
  if (!json.startsWith("{")) return textOf(json);
  const sorted = [...members(json)].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
}

/** Looks up `{{item}}`, and `{{item.key}}` of a map. */
export function itemLookup({ json }: Item): Lookup {
  const inner = json.startsWith("{") ? members(json) : new Map<string, string>();
  return (name) => {
    if (name === "item") return itemText(json);
    const value = name.startsWith("item.") ? inner.get(name.slice("item.".length)) : undefined;
    return value === undefined ? undefined : textOf(value);
  };
}
