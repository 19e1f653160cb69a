// A null in a manifest is a field that isn't set, as Go reads it; the rest of the core needs to know only `undefined`.
import type { Library, Workflow, WorkflowTemplate } from "./types.ts";

/** Free JSON, in which a null is a value. */
const FREE = new Set(["withItems"]);

function strip(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(strip);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== "object" || value === null) return value;
  const before = Object.entries(value);
  const after = before.flatMap(([key, inner]) => {
    if (inner === null) return [];
    return [[key, FREE.has(key) ? inner : strip(inner)] as const];
  });
  const same = after.length === before.length && after.every(([, inner], index) => inner === before[index]?.[1]);
  return same ? value : Object.fromEntries(after);
}

const stripped = new WeakMap<object, unknown>();

function withSpec<T extends { spec: object }>(object: T): T {
  const { spec } = object;
  if (typeof spec !== "object" || spec === null) return object;
  const known = stripped.get(spec) ?? strip(spec);
  stripped.set(spec, known);
  return known === spec ? object : { ...object, spec: known as T["spec"] };
}

/** The workflow without the nulls in its spec; itself if there are none. */
export const withoutNulls = (workflow: Workflow): Workflow => withSpec(workflow);

/** A library whose templates have no nulls. */
export function libraryWithoutNulls(library: Library): Library {
  const clean = (found: WorkflowTemplate | undefined) => found && withSpec(found);
  return {
    workflowTemplate: (name) => clean(library.workflowTemplate(name)),
    clusterWorkflowTemplate: (name) => clean(library.clusterWorkflowTemplate(name)),
  };
}
