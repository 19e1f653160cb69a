// All Kubernetes objects of a stack, found by kind and namespace.
import type { PolicyResource } from "@pulumi/policy";
import { all, every, includes, shown } from "../unknown.ts";
import { fields, items, texts } from "../values.ts";
import type { KubeObject } from "./objects.ts";
import { kindOf, patchedType } from "./types.ts";

/** An object with the URN of its resource. */
export interface StackObject {
  type: string;
  kind: string;
  object: KubeObject;
  urn: string;
}

/** The Kubernetes objects among a stack's resources; only of the given kinds where some are given. */
export function objectsOf(resources: readonly PolicyResource[], ...kinds: string[]): StackObject[] {
  return resources.flatMap(({ type, props, urn }) => {
    const kind = kindOf(type);
    // A patch changes an object that another stack or controller owns.
    if (!kind || patchedType(type, () => shown(() => props.kind)) || (kinds.length > 0 && !kinds.includes(kind)))
      return [];
    return [{ type, kind, object: props as KubeObject, urn }];
  });
}

/** Whether a label selector matches these labels. A selector without conditions matches everything. */
export function selects(selector: unknown, labels: Readonly<Record<string, unknown>>): boolean {
  const { matchLabels, matchExpressions } = fields(selector);
  const requiredLabels = fields(matchLabels);
  return all(
    () => every(Object.keys(requiredLabels), (name) => labels[name] === requiredLabels[name]),
    () =>
      every(items(matchExpressions), ({ key, operator, values }) => {
        const label = labels[String(key)];
        if (operator === "Exists") return label !== undefined;
        if (operator === "DoesNotExist") return label === undefined;
        return includes(texts(values), String(label)) === (operator === "In");
      }),
  );
}
