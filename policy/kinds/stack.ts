// All Kubernetes objects of a stack, found by kind and namespace.
import type { PolicyResource } from "@pulumi/policy";
import { allOf, every, gather, includes, textOf } from "../unknown.ts";
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
  /** Path of the object in a resource that is a list; ends with a dot. */
  path: string;
}

/** The Kubernetes objects that a stack registers, by themselves or in lists; only those of the given kinds if any are given. */
export function objectsOf(resources: readonly PolicyResource[], ...kinds: string[]): StackObject[] {
  return gather(resources, ({ type, props, urn }) => {
    // A patch changes an object that another stack or controller owns.
    if (!kindOf(type) || patchedType(type, () => textOf(() => props.kind))) return [];
    const found = listedIn(type, props).map((listed) => ({ ...listed, urn }));
    return kinds.length > 0 ? found.filter(({ kind }) => kinds.includes(kind)) : found;
  });
}

/** Whether a label selector matches these labels. A selector without conditions matches everything. */
export function selects(selector: unknown, labels: Readonly<Record<string, unknown>>): boolean {
  const { matchLabels, matchExpressions } = fields(selector);
  const requiredLabels = fields(matchLabels);
  return allOf(
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
