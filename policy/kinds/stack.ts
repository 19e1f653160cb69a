// All Kubernetes objects of a stack, found by kind and namespace.
import type { PolicyResource } from "@pulumi/policy";
import { type KubeObject, kindOf } from "./objects.ts";

/** An object with the URN of its resource. */
export interface StackObject {
  kind: string;
  object: KubeObject;
  urn: string;
}

/** The Kubernetes objects among a stack's resources; only of the given kinds where some are given. */
export function objectsOf(resources: readonly PolicyResource[], ...kinds: string[]): StackObject[] {
  return resources.flatMap(({ type, props, urn }) => {
    const kind = kindOf(type);
    if (!kind || (kinds.length > 0 && !kinds.includes(kind))) return [];
    return [{ kind, object: props as KubeObject, urn }];
  });
}

/** Whether a label selector picks an object with these labels. Without conditions it picks everything. */
export function selects(selector: unknown, labels: Readonly<Record<string, unknown>>): boolean {
  const { matchLabels, matchExpressions } = (selector ?? {}) as {
    matchLabels?: Record<string, unknown>;
    matchExpressions?: { key: string; operator: string; values?: unknown[] }[];
  };
  return (
    Object.entries(matchLabels ?? {}).every(([name, value]) => labels[name] === value) &&
    (matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      if (operator === "Exists") return labels[key] !== undefined;
      if (operator === "DoesNotExist") return labels[key] === undefined;
      return values.includes(labels[key]) === (operator === "In");
    })
  );
}
