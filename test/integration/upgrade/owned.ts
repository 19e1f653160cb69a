// The part of an object that one field manager has set, by the object's own managedFields (structured-merge-diff's FieldsV1).
import type { KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";

interface FieldsV1 {
  [element: string]: FieldsV1;
}

interface Entry {
  manager: string;
  operation: string;
  subresource?: string;
  fieldsV1: FieldsV1;
}

/** What a manager has applied to an object: with it alone, the object is as the manager asked for it. */
export function ownedBy(manager: string, object: KubeObject): KubeObject {
  const entries = (object.metadata.managedFields ?? []) as Entry[];
  const ownEntry = entries.find(
    (entry) => entry.manager === manager && entry.operation === "Apply" && !entry.subresource,
  );
  if (!ownEntry) throw new Error(`${object.kind} ${object.metadata.name} has nothing of ${manager}'s`);
  const { apiVersion, kind } = object;
  const { name, namespace } = object.metadata;
  const { metadata = {}, ...rest } = pick(object, ownEntry.fieldsV1) as Partial<KubeObject>;
  return { ...rest, apiVersion, kind, metadata: { ...metadata, name, ...(namespace ? { namespace } : {}) } };
}

function pick(value: unknown, fields: FieldsV1): unknown {
  const elements = Object.keys(fields).filter((name) => name !== ".");
  if (elements.length === 0) return value;
  if (Array.isArray(value))
    return value.flatMap((item) => {
      const element = elements.find((key) => isElement(key, item));
      return element === undefined ? [] : [withKeys(element, item, pick(item, fields[element] ?? {}))];
    });
  const from = value as Record<string, unknown>;
  const names = elements.map((key) => key.slice(2)).filter((name) => name in from);
  return Object.fromEntries(names.map((name) => [name, pick(from[name], fields[`f:${name}`] ?? {})]));
}

/** `k:{…}` names an item of a list by its keys, `v:…` an item of a set by its value. */
function isElement(element: string, item: unknown): boolean {
  const selector = JSON.parse(element.slice(2));
  if (element.startsWith("v:")) return selector === item;
  const fields = item as Record<string, unknown>;
  return Object.entries(selector).every(([key, text]) => fields[key] === text || !(key in fields));
}

function withKeys(element: string, item: unknown, selected: unknown): unknown {
  if (!element.startsWith("k:")) return selected;
  const fields = item as Record<string, unknown>;
  const keys = Object.keys(JSON.parse(element.slice(2))).filter((key) => key in fields);
  return { ...Object.fromEntries(keys.map((key) => [key, fields[key]])), ...(selected as object) };
}
