// What differs between two states of an object, field by field, for people to read.
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

/** An object without what the API server keeps for itself. */
export function stripped({ status: _, metadata, ...rest }: KubeObject): KubeObject {
  const kept = Object.entries(metadata).filter(([name]) => !volatile.has(name));
  return { ...rest, metadata: Object.fromEntries(kept) } as KubeObject;
}

/** Whether two states differ at a property path, apart from what the API server keeps for itself. */
export function differAt(before: KubeObject, after: KubeObject, path: string): boolean {
  const [one, other] = [stripped(before), stripped(after)];
  const steps = parsePath(path);
  const found: Change[] = [];
  for (const place of [...places(one, steps), ...places(other, steps)])
    compare(at(one, place), at(other, place), "", found);
  return found.length > 0;
}

/** The fields in which two states differ, without those that the API server keeps for itself. */
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

/** Hides what is secret in the inputs: at a secret's path, inside of it, and where a change holds it as a whole. */
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

/** Whether everything that is wanted stands in the live value already; what else it holds is others'. */
export function contains(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(live) && live.length === wanted.length && wanted.every((item, i) => contains(live[i], item));
  if (isMap(wanted)) return isMap(live) && Object.entries(wanted).every(([name, item]) => contains(live[name], item));
  return Object.is(live, wanted);
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

/** The changes that are shown: those of hidden property paths, and what is inside of them, are left out. */
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
