// All Kubernetes objects of a stack, found by kind and namespace.
import type { PolicyResource } from "@pulumi/policy";
import { all, every, gather, includes, shown } from "../unknown.ts";
import { fields, items, texts } from "../values.ts";
import { listedIn } from "./nested.ts";
import type { KubeObject } from "./objects.ts";
import { kindOf, patchedType } from "./types.ts";

/** An object with the URN of its resource. */
export interface StackObject {
  type: string;
  kind: string;
  object: KubeObject;
  urn: string;
  /** Leads to the object where its resource is a list; ends with a dot. */
  path: string;
}

/** The Kubernetes objects that a stack's resources are, or list; only of the given kinds where some are given. */
export function objectsOf(resources: readonly PolicyResource[], ...kinds: string[]): StackObject[] {
  return gather(resources, ({ type, props, urn }) => {
    // A patch changes an object that another stack or controller owns.
    if (!kindOf(type) || patchedType(type, () => shown(() => props.kind))) return [];
    const found = listedIn(type, props).map((one) => ({ ...one, urn }));
    return kinds.length > 0 ? found.filter(({ kind }) => kinds.includes(kind)) : found;
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
