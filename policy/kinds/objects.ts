// Rules over Kubernetes objects, as the program registers them.
import type { ResourceValidationArgs } from "@pulumi/policy";
import { allOf, some } from "../unknown.ts";
import { type Fields, fields, isText } from "../values.ts";

export interface KubeObject extends Fields {
  apiVersion: string;
  kind: string;
  metadata?: {
    name?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
}

/** `namespace/name`, or the name alone of an object without a namespace. */
export function nameOf({ props }: Pick<ResourceValidationArgs, "props">): string {
  const { namespace, name } = fields((props as KubeObject).metadata);
  return namespace ? `${namespace}/${name}` : String(name);
}

/** Whether an object is in a list of names of the form that `nameOf` gives. */
export function isAmong(names: readonly string[], object: KubeObject): boolean {
  return some(names, (exception) => {
    const [name, namespace] = exception.split("/").reverse();
    return allOf(
      () => (fields(object.metadata).namespace || undefined) === namespace,
      () => fields(object.metadata).name === name,
    );
  });
}

/** The reason for an exception to a rule, from the object's annotation; undefined where it has none. */
export function reasonOf(object: KubeObject, annotation: string): string | undefined {
  const reason = fields(fields(object.metadata).annotations)[annotation];
  return isText(reason) ? reason : undefined;
}
