// Makes each field of an example unknown in turn, as in a preview, and computes what a rule must report then.
import { isDeepStrictEqual } from "node:util";
import type { Fields } from "../values.ts";

/** What Pulumi's protocol writes for a text that isn't known. The rules must take any of the kinds alike. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Path = readonly (string | number)[];

/** The paths of all fields and items of a value, those of objects and lists too. */
export function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  const names = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return names.flatMap((name) => {
    const inner = [...path, name];
    return [inner, ...pathsIn((value as Fields)[name], inner)];
  });
}

/** The value at a path; undefined where there is none. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((parent, name) => (parent as Fields | undefined | null)?.[name], value);

/** A copy with another value at a path; without the field where that is undefined. */
export function withValue<T>(value: T, path: Path, replacement: unknown): T {
  const copy = structuredClone(value);
  const holder = valueAt(copy, path.slice(0, -1)) as Fields;
  const name = path.at(-1) ?? "";
  if (replacement === undefined && !Array.isArray(holder)) delete holder[name];
  else holder[name] = structuredClone(replacement);
  return copy;
}

const usual = [undefined, null, true, false, 0, 1, 1000, "", "other", "true", "1Gi", "ALL", {}, [], { some: "other" }];

/** Values that a field may turn out to have: whatever it has in an example, anywhere in its lists, and some more. */
export function possible(path: Path, examples: readonly unknown[]): unknown[] {
  const seen = examples.flatMap((example) => valuesAt(example, path));
  return [...new Map([...usual, ...seen].map((value) => [JSON.stringify(value), value])).values()];
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
