// Reads fields of a resource that may be missing or of another type than they should be.

export type Fields = Record<string, unknown>;

/** The fields of a value; none where it isn't an object. */
export const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** The items of a value as objects; none where it isn't a list. */
export const items = (value: unknown): Fields[] => list(value).map(fields);

/** The items of a value as text; none where it isn't a list. */
export const texts = (value: unknown): string[] => list(value).map(String);

/**
 * A list of a value's items; empty where it isn't a list. By index: `map` and `filter` of the proxies that Pulumi's policy
 * runtime hands to remediations throw, because they ask for the list's constructor.
 */
function list(value: unknown): unknown[] {
  return Array.isArray(value) ? Array.from({ length: value.length }, (_, i) => value[i]) : [];
}

/** The field at the end of a path of names; undefined where one on the way is missing. */
export const at = (value: unknown, ...names: string[]): unknown =>
  names.reduce<unknown>((one, name) => fields(one)[name], value);

/** Whether a value is text with something in it. */
export const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

const units: Record<string, number> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
};

/** Bytes of a quantity such as `10Gi`; NaN for what is none. */
export function bytes(quantity: unknown): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([KMGTP]i|[kMGTP])?$/.exec(String(quantity)) ?? [];
  return Number(number) * (unit ? (units[unit] ?? Number.NaN) : 1);
}

/** What Pulumi's protocol writes for values that only the deployment will know: boolean, number, text, list, object. */
const unknowns = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Whether a value is not known in a preview. */
export const isUnknown = (value: unknown): boolean => typeof value === "string" && unknowns.has(value);

/**
 * Properties without the proxy in which Pulumi's policy runtime wraps them, which ends a rule at the first value that a
 * preview doesn't know, whether the rule needs it or not. Without it such a value is a text that `isUnknown` knows.
 */
export const plain = (props: unknown): Fields =>
  (props as { __getSpecialProxyTarget?: Fields }).__getSpecialProxyTarget ?? (props as Fields);
