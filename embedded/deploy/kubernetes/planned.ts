// Computes the result of a server-side apply that isn't sent to the API server.
import type { KubeObject } from "./cluster.ts";

type Fields = Record<string, unknown>;
/** Owned fields as the API server writes them: `f:name`, `k:{"name":"x"}` for an item of a list (FieldsV1). */
type Owned = Record<string, unknown>;

/**
 * The live object merged with the desired one: fields of the API server or other managers stay, fields of this manager that are no longer desired
 * are removed.
 */
export function planned(live: KubeObject, desired: KubeObject, manager: string): KubeObject {
  return merged(live, desired, ownedFields(live, manager)) as KubeObject;
}

/**
 * An immutable field that this manager owns and no longer sets, and that the API server would silently keep: the object
 * must be replaced. undefined where there is none. The kinds are those of pulumi-kubernetes' forceNewProperties that the API server
 * doesn't refuse itself.
 */
export function silentlyKeptField(live: KubeObject, desired: KubeObject, manager: string): string | undefined {
  const owned = ownedFields(live, manager);
  const paths = silent[`${live.apiVersion}/${live.kind}`] ?? [];
  return paths.find((path) => {
    const names = path.split(".");
    const isOwned = names.reduce<unknown>((fields, name) => (fields as Owned | undefined)?.[`f:${name}`], owned);
    const isWanted = names.reduce<unknown>((value, name) => (value as Fields | undefined)?.[name], desired);
    return isOwned !== undefined && isWanted === undefined;
  });
}

const silent: Record<string, readonly string[]> = { "v1/Service": ["spec.clusterIP", "spec.clusterIPs"] };

/** Fields of an object that a manager owns by server-side apply. */
function ownedFields({ metadata }: KubeObject, manager: string): Owned {
  const entries = (metadata.managedFields ?? []) as { manager: string; operation: string; fieldsV1: Owned }[];
  return entries.find((entry) => entry.manager === manager && entry.operation === "Apply")?.fieldsV1 ?? {};
}

function merged(live: unknown, desired: unknown, owned: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(desired))
    return desired.map((item, i) => {
      const match =
        live.find((other) => isSameItem(other, item)) ?? (live.length === desired.length ? live[i] : undefined);
      return merged(match, item, ownedItem(owned, match));
    });
  if (!isFields(live) || !isFields(desired)) return desired;
  const result: Fields = { ...live, ...desired };
  for (const name of Object.keys(live)) {
    const ownedHere = (owned as Owned | undefined)?.[`f:${name}`];
    if (name in desired) result[name] = merged(live[name], desired[name], ownedHere);
    else if (ownedHere !== undefined) {
      const remaining = without(live[name], ownedHere);
      if (remaining === undefined) delete result[name];
      else result[name] = remaining;
    }
  }
  return result;
}

/** A value without its owned parts; undefined where nothing is left. */
function without(live: unknown, owned: unknown): unknown {
  const names = Object.keys((owned as Owned | undefined) ?? {}).filter((name) => name !== ".");
  if (names.length === 0) return undefined;
  if (Array.isArray(live)) {
    const remaining = live.filter(
      (item) => ownedItem(owned, item) === undefined && !names.includes(`v:${JSON.stringify(item)}`),
    );
    return remaining.length > 0 ? remaining : undefined;
  }
  if (!isFields(live)) return undefined;
  const remaining = Object.entries(live).flatMap(([name, value]) => {
    const ownedHere = (owned as Owned)[`f:${name}`];
    const left = ownedHere === undefined ? value : without(value, ownedHere);
    return left === undefined ? [] : [[name, left] as const];
  });
  return remaining.length > 0 ? Object.fromEntries(remaining) : undefined;
}

/** The owned fields of a list's item. */
function ownedItem(owned: unknown, item: unknown): unknown {
  if (!isFields(item)) return undefined;
  const found = Object.entries((owned as Owned | undefined) ?? {}).find(
    ([key]) =>
      key.startsWith("k:") &&
      Object.entries(JSON.parse(key.slice(2)) as Fields).every(([name, value]) => item[name] === value),
  );
  return found?.[1];
}

/** Fields that identify an item of a list to the API server. */
const keys = ["name", "containerPort", "port", "mountPath", "devicePath", "ip", "type", "topologyKey", "uid", "key"];

function isSameItem(a: unknown, b: unknown): boolean {
  if (!isFields(a) || !isFields(b)) return a === b;
  const key = keys.find((name) => b[name] !== undefined);
  return key !== undefined && a[key] === b[key];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
