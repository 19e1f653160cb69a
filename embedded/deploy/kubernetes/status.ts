// Reads an object's spec, status and conditions for readiness checks.
import type { KubeObject } from "./cluster.ts";

export type { KubeObject } from "./cluster.ts";

/** `undefined`: ready. A text: what it waits for. */
export type Readiness = string | undefined;

/** A condition as controllers write it. */
export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

type Fields = Record<string, unknown>;
export const status = (object: KubeObject): Fields => (object.status ?? {}) as Fields;
export const spec = (object: KubeObject): Fields => (object.spec ?? {}) as Fields;
export const number = (value: unknown, otherwise = 0): number => (typeof value === "number" ? value : otherwise);

export function condition(object: KubeObject, type: string): Condition | undefined {
  return ((status(object).conditions ?? []) as Condition[]).find((entry) => entry.type === type);
}

/** Whether the controller hasn't seen the object's last change yet. */
export function isStale(object: KubeObject): boolean {
  return number(status(object).observedGeneration) < number(object.metadata.generation);
}
