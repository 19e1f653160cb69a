// What an apply would leave of an object, for a plan that isn't sent to the API server: what is set, and what nobody asks for any more.
import type { KubeObject } from "./cluster.ts";

type Fields = Record<string, unknown>;
/** Owned fields as the API server writes them: `f:name`, `k:{"name":"x"}` for an item of a list (FieldsV1). */
type Owned = Record<string, unknown>;

/**
 * The live object with what is wanted: what the API server or others have set stays, what this manager has set and no longer wants
 * goes.
 */
export function planned(live: KubeObject, wanted: KubeObject, manager: string): KubeObject {
  return merged(live, wanted, ownedFields(live, manager)) as KubeObject;
}

/**
 * A field that can't be changed, that this manager has set and no longer wants, and that the API server would silently keep: the object
 * must be made anew. undefined where there is none. The kinds are those of pulumi-kubernetes' forceNewProperties that the API server
 * doesn't refuse itself.
 */
export function keptSilently(live: KubeObject, wanted: KubeObject, manager: string): string | undefined {
  const owned = ownedFields(live, manager);
  const paths = silent[`${live.apiVersion}/${live.kind}`] ?? [];
  return paths.find((path) => {
    const names = path.split(".");
    const isOwned = names.reduce<unknown>((fields, name) => (fields as Owned | undefined)?.[`f:${name}`], owned);
    const isWanted = names.reduce<unknown>((value, name) => (value as Fields | undefined)?.[name], wanted);
    return isOwned !== undefined && isWanted === undefined;
  });
}

const silent: Record<string, readonly string[]> = { "v1/Service": ["spec.clusterIP", "spec.clusterIPs"] };

/** What a manager owns of an object by its applies. */
function ownedFields({ metadata }: KubeObject, manager: string): Owned {
  const entries = (metadata.managedFields ?? []) as { manager: string; operation: string; fieldsV1: Owned }[];
  return entries.find((entry) => entry.manager === manager && entry.operation === "Apply")?.fieldsV1 ?? {};
}

function merged(live: unknown, wanted: unknown, owned: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(wanted))
    return wanted.map((item, i) => {
      const match =
        live.find((other) => isSameItem(other, item)) ?? (live.length === wanted.length ? live[i] : undefined);
      return merged(match, item, ownedItem(owned, match));
    });
  if (!isFields(live) || !isFields(wanted)) return wanted;
  const result: Fields = { ...live, ...wanted };
  for (const name of Object.keys(live)) {
    const mine = (owned as Owned | undefined)?.[`f:${name}`];
    if (name in wanted) result[name] = merged(live[name], wanted[name], mine);
    else if (mine !== undefined) {
      const rest = without(live[name], mine);
      if (rest === undefined) delete result[name];
      else result[name] = rest;
    }
  }
  return result;
}

/** A value without what is owned of it; undefined where nothing is left. */
function without(live: unknown, owned: unknown): unknown {
  const names = Object.keys((owned as Owned | undefined) ?? {}).filter((name) => name !== ".");
  if (names.length === 0) return undefined;
  if (Array.isArray(live)) {
    const rest = live.filter(
      (item) => ownedItem(owned, item) === undefined && !names.includes(`v:${JSON.stringify(item)}`),
    );
    return rest.length > 0 ? rest : undefined;
  }
  if (!isFields(live)) return undefined;
  const rest = Object.entries(live).flatMap(([name, value]) => {
    const mine = (owned as Owned)[`f:${name}`];
    const left = mine === undefined ? value : without(value, mine);
    return left === undefined ? [] : [[name, left] as const];
  });
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}

/** What is owned of a list's item. */
function ownedItem(owned: unknown, item: unknown): unknown {
  if (!isFields(item)) return undefined;
  const found = Object.entries((owned as Owned | undefined) ?? {}).find(
    ([key]) =>
      key.startsWith("k:") &&
      Object.entries(JSON.parse(key.slice(2)) as Fields).every(([name, value]) => item[name] === value),
  );
  return found?.[1];
}

/** Fields by which the API server knows an item of a list from the others. */
const keys = ["name", "containerPort", "port", "mountPath", "devicePath", "ip", "type", "topologyKey", "uid", "key"];

function isSameItem(a: unknown, b: unknown): boolean {
  if (!isFields(a) || !isFields(b)) return a === b;
  const key = keys.find((name) => b[name] !== undefined);
  return key !== undefined && a[key] === b[key];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
