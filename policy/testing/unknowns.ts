// Makes each field of an example unknown in turn, as in a preview, and computes what a rule must report then.
import { isDeepStrictEqual } from "node:util";
import type { Fields } from "../values.ts";

/** What Pulumi's protocol writes for a text that isn't known. The rules must take any of the kinds alike. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Path = readonly (string | number)[];

/** The paths of all fields and items of a value, those of objects and lists too. */
export const pathsIn = (value: unknown): Path[] => walk(value, [], (list) => [...list.keys()]);

/**
 * The paths to make unknown in turn: of a list those of its first, second and last item, because a rule treats all items alike, and
 * the time for a long list would grow with the square of its length.
 */
export const triedPaths = (value: unknown): Path[] =>
  walk(value, [], (list) => [...list.keys()].filter((i) => i < 2 || i === list.length - 1));

function walk(value: unknown, path: Path, indexesOf: (list: readonly unknown[]) => number[]): Path[] {
  if (typeof value !== "object" || value === null) return [];
  const names = Array.isArray(value) ? indexesOf(value) : Object.keys(value);
  return names.flatMap((name) => {
    const inner = [...path, name];
    return [inner, ...walk((value as Fields)[name], inner, indexesOf)];
  });
}

/** The value at a path; undefined where there is none. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((parent, name) => (parent as Fields | undefined | null)?.[name], value);

/**
 * A value with another one at a path; without the field where that is undefined. What is not on the path is shared with the value given,
 * so nobody may write to it.
 */
export function withValue<T>(value: T, [name, ...rest]: Path, replacement: unknown): T {
  if (name === undefined) return replacement as T;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Fields;
  const inner = withValue(copy[name], rest, replacement);
  if (inner === undefined && !Array.isArray(value)) delete copy[name];
  else copy[name] = inner;
  return copy as T;
}

const usual = [undefined, null, true, false, 0, 1, 1000, "", "other", "true", "1Gi", "ALL", {}, [], { some: "other" }];

/** As many values of a field are taken from the examples: with all of them, the time would grow with the square of their number. */
const mostSeen = 32;

/** Values that a field may turn out to have: what it has in examples, anywhere in their lists, and some more. */
export function possible(path: Path, examples: readonly unknown[]): unknown[] {
  const seen = new Map<string, unknown>();
  for (const example of examples)
    for (const value of valuesAt(example, path)) if (seen.size < mostSeen) seen.set(JSON.stringify(value), value);
  return [...new Map([...usual.map((value) => [JSON.stringify(value), value] as const), ...seen]).values()];
}

/** The values at a path in which a number stands for each item of a list. */
const valuesAt = (value: unknown, path: Path): unknown[] =>
  path.reduce<unknown[]>(
    (all, name) =>
      all.flatMap((parent) => (typeof name === "number" && Array.isArray(parent) ? parent : [valueAt(parent, [name])])),
    [value],
  );

/** A value in which every field with a plain value is unknown. */
export function allUnknown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(allUnknown);
  if (typeof value !== "object" || value === null) return unknown;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, allUnknown(inner)]));
}

/** The plain values that are others in `after` than in `before`, by path. */
export function changes(before: unknown, after: unknown): Map<string, unknown> {
  const paths = new Map([...pathsIn(before), ...pathsIn(after)].map((path) => [JSON.stringify(path), path]));
  const plain = (value: unknown) => typeof value !== "object" || value === null;
  const changed = [...paths].filter(
    ([, path]) => plain(valueAt(after, path)) && !isDeepStrictEqual(valueAt(before, path), valueAt(after, path)),
  );
  return new Map(changed.map(([key, path]) => [key, valueAt(after, path)]));
}
