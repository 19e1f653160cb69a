// Kubernetes objects, as the program registers them.
import type { ResourceValidationArgs } from "@pulumi/policy";
import { type Area, type Context, type Report, type ResourceRule, type RuleText, resourceRule } from "../rule.ts";
import type { Fields } from "../values.ts";

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

/** The kind of a Kubernetes resource's type, such as Deployment; undefined for other types and for patches of others' objects. */
export function kindOf(type: string): string | undefined {
  if (!type.startsWith("kubernetes:")) return undefined;
  const kind = type.slice(type.lastIndexOf(":") + 1);
  return kind.endsWith("Patch") ? undefined : kind;
}

/** `namespace/name`, or the name of what is in no namespace. */
export function nameOf({ props }: Pick<ResourceValidationArgs, "props">): string {
  const { namespace, name } = (props as KubeObject).metadata ?? {};
  return namespace ? `${namespace}/${name}` : String(name);
}

/** Why an object may do what a rule otherwise refuses, as its annotation says; undefined where it has none. */
export function reasonOf(object: KubeObject, annotation: string): string | undefined {
  const reason = object.metadata?.annotations?.[annotation];
  return reason?.trim() ? reason : undefined;
}

/** A rule over the objects of some kinds. */
export function objectRule(
  area: Area,
  kinds: readonly string[],
  text: RuleText,
  check: (object: KubeObject, report: Report, context: Context) => void,
  fix?: (object: KubeObject, context: Context) => boolean,
): ResourceRule {
  const wanted = new Set(kinds);
  return resourceRule(area, text, {
    applies: (type) => wanted.has(kindOf(type) ?? ""),
    check: ({ props }, report, context) => check(props as KubeObject, report, context),
    ...(fix ? { fix: ({ props }, context) => fix(props as KubeObject, context) } : {}),
    nameOf,
  });
}
