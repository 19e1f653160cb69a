// Compares two states of an object field by field.
import { cut } from "@agentic/api/text.ts";
import { isProperties, Secret, type Value } from "../values.ts";
import type { KubeObject } from "./cluster.ts";
import { at, parsePath, places } from "./paths.ts";

/** One changed field. */
export interface Change {
  /** Such as `spec.template.spec.containers[0].image`. */
  path: string;
  before?: unknown;
  after?: unknown;
}

const volatile = new Set([
  ...["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"],
  ...["deletionTimestamp", "deletionGracePeriodSeconds"],
]);

/** An object without the fields that only the API server sets. */
export function stripped({ status: _, metadata, ...fields }: KubeObject): KubeObject {
  const entries = Object.entries(metadata).filter(([name]) => !volatile.has(name));
  return { ...fields, metadata: Object.fromEntries(entries) } as KubeObject;
}

/** Whether two states differ at a property path, apart from fields that only the API server sets. */
export function differAt(before: KubeObject, after: KubeObject, path: string): boolean {
  const [left, right] = [stripped(before), stripped(after)];
  const steps = parsePath(path);
  const found: Change[] = [];
  for (const place of [...places(left, steps), ...places(right, steps)])
    compare(at(left, place), at(right, place), "", found);
  return found.length > 0;
}

/** The fields in which two states differ, without those that only the API server sets. */
export function changes(before: KubeObject, after: KubeObject): Change[] {
  const found: Change[] = [];
  compare(stripped(before), stripped(after), "", found);
  return before.kind === "Secret" && before.apiVersion === "v1" ? found.map(hidden) : found;
}

/** A Secret's values are never shown, changed or not. */
function hidden(change: Change): Change {
  if (!/^(data|stringData)/.test(change.path)) return change;
  const mask = (value: unknown) => (value === undefined ? undefined : "[secret]");
  return { path: change.path, before: mask(change.before), after: mask(change.after) };
}

/** Masks changes of secret inputs: at a secret's path, below it, and above it where a change contains it. */
export function maskSecrets(found: Change[], inputs: Value): Change[] {
  const secrets: string[] = [];
  const collect = (value: Value, path: string): void => {
    if (value instanceof Secret) secrets.push(path);
    else if (Array.isArray(value)) for (const [i, item] of value.entries()) collect(item, `${path}[${i}]`);
    else if (isProperties(value)) for (const [name, item] of Object.entries(value)) collect(item, member(path, name));
  };
  collect(inputs, "");
  const touches = (a: string, b: string) => a === b || a.startsWith(`${b}.`) || a.startsWith(`${b}[`) || b === "";
  const mask = (value: unknown) => (value === undefined ? undefined : "[secret]");
  return found.map((change) =>
    secrets.some((path) => touches(change.path, path) || touches(path, change.path))
      ? { path: change.path, before: mask(change.before), after: mask(change.after) }
      : change,
  );
}

function compare(before: unknown, after: unknown, path: string, found: Change[]): void {
  if (Object.is(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      compare(before[i], after[i], `${path}[${i}]`, found);
    return;
  }
  if (isMap(before) && isMap(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(before[name], after[name], member(path, name), found);
    return;
  }
  found.push({ path, before, after });
}

/** Whether the live value contains everything desired; other fields belong to other managers. */
export function contains(live: unknown, desired: unknown): boolean {
  if (Array.isArray(desired))
    return Array.isArray(live) && live.length === desired.length && desired.every((item, i) => contains(live[i], item));
  if (isMap(desired)) return isMap(live) && Object.entries(desired).every(([name, item]) => contains(live[name], item));
  return Object.is(live, desired);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function member(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}["${name}"]`;
  return path ? `${path}.${name}` : name;
}

/** One line a change: `~ path: before → after`, `+ path: after`, `- path: before`. */
export function print({ path, before, after }: Change): string {
  if (before === undefined) return `+ ${path}: ${short(after)}`;
  if (after === undefined) return `- ${path}: ${short(before)}`;
  return `~ ${path}: ${short(before)} → ${short(after)}`;
}

function short(value: unknown): string {
  return cut(JSON.stringify(value), 100, "…");
}

/** The changes without those at or below hidden property paths. */
export function shownChanges(changes: Change[] | undefined, hidden: readonly string[]): Change[] | undefined {
  const paths = hidden.map(parsePath);
  const isHidden = (change: Change) => {
    const steps = parsePath(change.path);
    return paths.some(
      (path) =>
        path.length <= steps.length && path.every((step, i) => step === "*" || String(step) === String(steps[i])),
    );
  };
  return changes?.filter((change) => !isHidden(change));
}
