// What a value that a preview doesn't know yet means for a rule. This file alone decides it, for every rule:
//
// - A rule never sees such a value. Reading it ends the part of the rule that reads it, so no violation rests on a guess
//   and no remediation writes over what isn't known.
// - The other parts go on: what is wrong whatever the value will be is reported.
// - The rule is then answered for as not applicable yet, by the paths that it asked for. It is asked again when the
//   deployment knows the values.

/** What Pulumi's protocol writes for an unknown boolean, number, text, list, asset, archive and object. */
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

/** Thrown where a rule reads a value that isn't known. */
class NotKnown extends Error {
  readonly note: () => void;

  constructor(path: string, missed: Set<string>) {
    super(`${path} is not known yet`);
    this.note = () => void missed.add(path);
  }
}

/**
 * Properties as a rule may read them: reading one that isn't known throws, and what is written reaches the given ones.
 * `missed` gets the paths for want of which a part of the rule ended.
 */
export function known<T extends object>(props: T, missed: Set<string>, path = ""): T {
  const bare = withoutProxy(props);
  return hasUnknown(bare) ? guard(bare, path, { missed, isMissing: isUnknown }) : bare;
}

/** Properties of a patch as a rule may read them: what it leaves out isn't known either, for the object has its own. */
export const knownOfPatch = <T extends object>(props: T): T =>
  guard(withoutProxy(props), "", {
    missed: new Set<string>(),
    isMissing: (value) => value === undefined || value === null || isUnknown(value),
  });

/**
 * Without the proxy in which Pulumi's policy runtime wraps properties, which ends the whole policy at the first unknown
 * value. What is inside still keeps secrets secret where a remediation writes.
 */
const withoutProxy = <T extends object>(props: T): T =>
  (props as { __getSpecialProxyTarget?: T }).__getSpecialProxyTarget ?? props;

function hasUnknown(value: unknown): boolean {
  if (!isTree(value)) return isUnknown(value);
  for (const name of Object.keys(value)) if (hasUnknown((value as Record<string, unknown>)[name])) return true;
  return false;
}

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;

interface Unseen {
  missed: Set<string>;
  isMissing: (value: unknown) => boolean;
}

function guard<T extends object>(target: T, path: string, unseen: Unseen): T {
  return new Proxy(target, {
    get(one, name) {
      const value: unknown = Reflect.get(one, name);
      if (typeof name === "symbol" || typeof value === "function") return value;
      const where = Array.isArray(one)
        ? `${path}[${name}]`
        : path === "" || path.endsWith(" ")
          ? path + name
          : `${path}.${name}`;
      if (unseen.isMissing(value)) throw new NotKnown(where, unseen.missed);
      return isTree(value) ? guard(value, where, unseen) : value;
    },
    set: (one, name, value) => Reflect.set(one, name, value),
  });
}

/** What `work` gives; `otherwise` where it reads a value that isn't known. */
export function attempt<T, U>(work: () => T, otherwise: U): T | U {
  return caught(work, (error) => {
    error.note();
    return otherwise;
  });
}

/** What `work` gives, for words only: that a name isn't known keeps no rule from its verdict. */
export const shown = (work: () => unknown): string =>
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

/** Does each part of a rule, whether or not another reads what isn't known. */
export function apart(...parts: readonly (() => void)[]): void {
  for (const part of parts) attempt(part, undefined);
}

/** Does the same with each item, whether or not another isn't known. */
export function each<T>(list: readonly T[], work: (item: T, i: number) => void): void {
  gather(list, (item, i) => {
    work(item, i);
    return [];
  });
}

/** What `make` makes of each item, without those for which it reads what isn't known. */
export function gather<T, R>(list: readonly T[], make: (item: T, i: number) => readonly R[]): R[] {
  const found: R[] = [];
  for (let i = 0; i < list.length; i++) found.push(...attempt(() => make(list[i] as T, i), []));
  return found;
}

/** Changes each item that is known well enough; returns whether there was something to change. */
export const changed = <T>(list: readonly T[], change: (item: T) => boolean): boolean =>
  gather(list, (one) => (change(one) ? [one] : [])).length > 0;

/** The same as a list in which only reading the item throws that isn't known; its length is right. */
export function lazily<T>(list: readonly unknown[], make: (item: unknown) => T): T[] {
  const made: T[] = [];
  for (let i = 0; i < list.length; i++)
    caught(
      () => made.push(make(list[i])),
      (error) =>
        Object.defineProperty(made, i, {
          enumerable: true,
          get() {
            throw error;
          },
        }),
    );
  return made;
}

/** Whether an item passes: true as soon as one does, and not known where none does but one isn't known. */
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

/** Whether all items pass: false as soon as one doesn't, and not known where all others do but one isn't known. */
export const every = <T>(list: readonly T[], test: (item: T, i: number) => boolean): boolean =>
  !some(list, (item, i) => !test(item, i));

/** Whether one of several conditions holds. */
export const either = (...tests: readonly (() => boolean)[]): boolean => some(tests, (test) => test());

/** Whether all of several conditions hold. */
export const all = (...tests: readonly (() => boolean)[]): boolean => every(tests, (test) => test());

/** Whether a list has a value. */
export const includes = <T>(list: readonly T[], value: T): boolean => some(list, (one) => one === value);
