// How rules treat values that a preview doesn't know yet. This file decides it for every rule:
//
// - A rule never sees an unknown value. Reading one ends the part of the rule that reads it, so no violation is a guess and
//   no remediation overwrites an unknown value.
// - The other parts of the rule go on, and report violations that don't depend on the value.
// - The rule is then reported as not applicable yet, with the paths of the unknown values. It runs again when the deployment
//   knows them.

/** The markers in Pulumi's protocol for an unknown boolean, number, string, list, asset, archive and object. */
const unknowns = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

const isUnknown = (value: unknown): boolean => typeof value === "string" && unknowns.has(value);

/** Thrown when a rule reads a value that isn't known. */
class NotKnown extends Error {
  readonly note: () => void;

  constructor(path: string, missed: Set<string>) {
    super(`${path} is not known yet`);
    this.note = () => void missed.add(path);
  }
}

/**
 * Guards properties: reading an unknown value throws, writing changes the given object. `missed` collects the paths of
 * unknown values that ended a part of the rule.
 */
export function known<T extends object>(props: T, missed: Set<string>, path = ""): T {
  const unwrapped = withoutProxy(props);
  return hasUnknown(unwrapped) ? guard(unwrapped, path, { missed, isMissing: isUnknown }) : unwrapped;
}

/** Guards the properties of a patch. */
export const knownOfPatch = <T extends object>(props: T): T => addition(withoutProxy(props));

/** Guards what is added to something that isn't seen: fields that it leaves out count as unknown too, because the other may have them. */
export const addition = <T extends object>(props: T): T =>
  guard(props, "", {
    missed: new Set<string>(),
    isMissing: (value) => value === undefined || value === null || isUnknown(value),
  });

/**
 * The properties without the proxy of Pulumi's policy runtime, which ends the whole policy at the first unknown
 * value. The inner values still keep secrets secret when a remediation writes.
 */
const withoutProxy = <T extends object>(props: T): T =>
  (props as { __getSpecialProxyTarget?: T }).__getSpecialProxyTarget ?? props;

function hasUnknown(value: unknown): boolean {
  if (!isTree(value)) return isUnknown(value);
  for (const name of Object.keys(value)) if (hasUnknown((value as Record<string, unknown>)[name])) return true;
  return false;
}

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;

interface GuardOptions {
  missed: Set<string>;
  isMissing: (value: unknown) => boolean;
}

function guard<T extends object>(target: T, path: string, options: GuardOptions): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof name === "symbol" || typeof value === "function") return value;
      const where = Array.isArray(object)
        ? `${path}[${name}]`
        : path === "" || path.endsWith(" ")
          ? path + name
          : `${path}.${name}`;
      if (options.isMissing(value)) throw new NotKnown(where, options.missed);
      return isTree(value) ? guard(value, where, options) : value;
    },
    set: (object, name, value) => Reflect.set(object, name, value),
  });
}

/** The result of `work`, or `otherwise` if it reads an unknown value. */
export function attempt<T, U>(work: () => T, otherwise: U): T | U {
  return caught(work, (error) => {
    error.note();
    return otherwise;
  });
}

/**
 * The value of a field where the object itself sets it. Reading it throws if it isn't known; but a field that a patch leaves out is
 * undefined here. For fields that exempt from a rule: what only the patched object may say exempts nothing.
 */
export const ownField = (object: Readonly<Record<string, unknown>>, name: string): unknown =>
  name in object ? object[name] : undefined;

/** The result of `work` as text for a message; an unknown value becomes "not known yet" and doesn't end the rule. */
export const textOf = (work: () => unknown): string =>
  caught(
    () => String(work()),
    () => "not known yet",
  );

function caught<T, U>(work: () => T, otherwise: (error: NotKnown) => U): T | U {
  try {
    return work();
  } catch (error) {
    if (error instanceof NotKnown) return otherwise(error);
    throw error;
  }
}

/** Runs each part of a rule, even if another part reads an unknown value. */
export function independently(...parts: readonly (() => void)[]): void {
  for (const part of parts) attempt(part, undefined);
}

/** Runs `work` for each item, even if another item is unknown. */
export function each<T>(list: readonly T[], work: (item: T, i: number) => void): void {
  gather(list, (item, i) => {
    work(item, i);
    return [];
  });
}

/** The results of `make` for the items, without those for which it reads an unknown value. */
export function gather<T, R>(list: readonly T[], make: (item: T, i: number) => readonly R[]): R[] {
  const results: R[] = [];
  for (let i = 0; i < list.length; i++)
    // One by one, because a call takes only some hundred thousand arguments.
    for (const result of attempt(() => make(list[i] as T, i), [])) results.push(result);
  return results;
}

/** Changes each item that is known; returns whether any changed. */
export const changed = <T>(list: readonly T[], change: (item: T) => boolean): boolean =>
  gather(list, (item) => (change(item) ? [item] : [])).length > 0;

/** Maps a list so that only reading an unknown item throws; the length stays the same. */
export function lazily<T>(list: readonly unknown[], make: (item: unknown) => T): T[] {
  const result: T[] = [];
  for (let i = 0; i < list.length; i++)
    caught(
      () => result.push(make(list[i])),
      (error) =>
        Object.defineProperty(result, i, {
          enumerable: true,
          get() {
            throw error;
          },
        }),
    );
  return result;
}

/** Whether any item passes. Throws (unknown) if no known item passes and another is unknown. */
export function some<T>(list: readonly T[], test: (item: T, i: number) => boolean): boolean {
  let missing: NotKnown | undefined;
  for (let i = 0; i < list.length; i++) {
    const passes = caught(
      () => test(list[i] as T, i),
      (error) => {
        missing = error;
        return false;
      },
    );
    if (passes) return true;
  }
  if (missing) throw missing;
  return false;
}

/** Whether all items pass. Throws (unknown) if all known items pass and another is unknown. */
export const every = <T>(list: readonly T[], test: (item: T, i: number) => boolean): boolean =>
  !some(list, (item, i) => !test(item, i));

/** Whether one of several conditions holds. */
export const anyOf = (...tests: readonly (() => boolean)[]): boolean => some(tests, (test) => test());

/** Whether all of several conditions hold. */
export const allOf = (...tests: readonly (() => boolean)[]): boolean => every(tests, (test) => test());

/** Whether a list has a value. */
export const includes = <T>(list: readonly T[], value: T): boolean => some(list, (item) => item === value);
