// Names of a stack's own objects in its cluster: its state Secret, its Lease and its ApplySet id.
import { createHash } from "node:crypto";
import { uniqueName } from "@agentic/api/unique-name.ts";

/** A stack, as Pulumi names it. */
export interface StackId {
  project: string;
  stack: string;
}

/** Namespace of the states of all stacks. */
export const stateNamespace = "kube-system";

/**
 * Name of a stack's Secret and of its Lease. Names of earlier releases had no dot, so that none of them equals a present one.
 */
export function parentName(project: string, stack: string): string {
  return uniqueName([project, stack], { readable: 63, separator: "." });
}

/** The ApplySet's id, as the specification (KEP-3659) forms it from its parent object. */
export function applySetId(project: string, stack: string): string {
  return idOfParent(parentName(project, stack));
}

/** Name of the Secret in earlier releases, which several stacks could share. */
export function formerParentName({ project, stack }: StackId): string {
  return `${project}-${stack}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-");
}

/** The ApplySet's id by the former name. */
export const formerApplySetId = (id: StackId): string => idOfParent(formerParentName(id));

function idOfParent(name: string): string {
  const sum = createHash("sha256").update(`${name}.${stateNamespace}.Secret.`).digest("base64url");
  return `applyset-${sum}-v1`;
}

/** `project/stack`. Pulumi allows no slash in either; one is escaped. */
export function fullName({ project, stack }: StackId): string {
  return [project, stack].map((text) => text.replaceAll("%", "%25").replaceAll("/", "%2F")).join("/");
}

/** Whether a URN is of a stack's own resources. */
export const isUrnOf = ({ project, stack }: StackId, urn: string): boolean =>
  urn.startsWith(`urn:pulumi:${stack}::${project}::`);

/** The stack of a URN. */
export function stackOfUrn(urn: string): StackId {
  const [head = "", project = ""] = urn.split("::");
  return { project, stack: head.replace(/^urn:pulumi:/, "") };
}
