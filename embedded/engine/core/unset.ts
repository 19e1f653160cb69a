// Removes nulls from specs: as in Go, a null is a field that isn't set. The rest of the core handles only `undefined`.
import type { Library, WorkflowTemplate } from "./types.ts";

/** Fields of any JSON, in which a null is a value. */
const ANY_JSON = new Set(["withItems"]);

function strip(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(strip);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== "object" || value === null) return value;
  const before = Object.entries(value);
  const after = before.flatMap(([key, inner]) => {
    if (inner === null) return [];
    return [[key, ANY_JSON.has(key) ? inner : strip(inner)] as const];
  });
  const isSame = after.length === before.length && after.every(([, inner], index) => inner === before[index]?.[1]);
  return isSame ? value : Object.fromEntries(after);
}

const stripped = new WeakMap<object, unknown>();

function withSpec<T extends { spec: object }>(object: T): T {
  const { spec } = object;
  if (typeof spec !== "object" || spec === null) return object;
  const strippedSpec = stripped.get(spec) ?? strip(spec);
  stripped.set(spec, strippedSpec);
  return strippedSpec === spec ? object : { ...object, spec: strippedSpec as T["spec"] };
}

/** The workflow, or whatever has a spec, without the nulls in that; itself if there are none. */
export const withoutNulls = <T extends { spec: object }>(workflow: T): T => withSpec(workflow);

/** A library whose templates have no nulls. */
export function libraryWithoutNulls(library: Library): Library {
  const clean = (template: WorkflowTemplate | undefined) => template && withSpec(template);
  return {
    workflowTemplate: (name) => clean(library.workflowTemplate(name)),
    clusterWorkflowTemplate: (name) => clean(library.clusterWorkflowTemplate(name)),
  };
}
