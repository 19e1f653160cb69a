// Rules over pods, whichever kind of object creates them, and over their containers.
import type { Context, FixableRule, InArea, Report, ResourceRule, RuleText } from "../rule.ts";
import { changed, each } from "../unknown.ts";
import { ensureObject, fields } from "../values.ts";
import { holderRule } from "./holders.ts";
import type { Container, Pod } from "./pod.ts";

/** A rule over the pods of every object that creates pods. */
export const podRule = ({ check, fix, ...rest }: FixableRule<Pod> & Partial<InArea>): ResourceRule =>
  holderRule({
    area: "pods",
    ...rest,
    check: (pods, report, context) => each(pods, (pod) => check(pod, report, context)),
    fix: fix && ((pods, context) => changed(pods, (pod) => fix(pod, context))),
  });

interface ContainerRuleParts extends RuleText, Partial<InArea> {
  check: (container: Container, report: Report, context: Context, pod: Pod) => void;
  fix?: (container: Container, context: Context, pod: Pod) => boolean;
}

/** A rule over each container of each pod. */
export const containerRule = ({ check, fix, ...rest }: ContainerRuleParts): ResourceRule =>
  podRule({
    ...rest,
    check: (pod, report, context) => each(pod.containers, (container) => check(container, report, context, pod)),
    fix: fix && ((pod, context) => changed(pod.containers, (container) => fix(container, context, pod))),
  });

/** Sets a field of a container's security context; returns whether its value changed. */
export function setContext(container: Container, name: string, value: unknown): boolean {
  const current = fields(container.container.securityContext)[name];
  if (JSON.stringify(current) === JSON.stringify(value)) return false;
  ensureObject(container.container, "securityContext")[name] = value;
  return true;
}

/** The effective value of a security context's field: the container's, or else the pod's. */
export const inEffect = (name: string, { container }: Container, pod: Pod): unknown =>
  fields(container.securityContext)[name] ?? pod.security[name];
