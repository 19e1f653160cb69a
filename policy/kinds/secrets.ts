// Where secrets may hide: what looks like one, and the containers that could hold it.
import { type Context, type Report, type ResourceRule, type RuleText, resourceRule } from "../rule.ts";
import type { Fields } from "../values.ts";
import { type KubeObject, kindOf, nameOf } from "./objects.ts";
import { podOf } from "./pods.ts";
import { workflowOf } from "./workflows.ts";

const telling =
  /(^|[._-])(password|passwd|passphrase|secret|token|credentials?|api[._-]?key|secret[._-]?key|access[._-]?key|private[._-]?key|client[._-]?secret)$/i;

/** Whether a name says that its value is a secret. */
export const isTelling = (name: string): boolean => telling.test(name);

const shapes = [
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
  // Amazon, Google, GitHub, GitLab, Slack, and what calls itself a secret key.
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bAIza[0-9A-Za-z_-]{35}\b/,
  /\bgh[pousr]_[0-9A-Za-z]{36,}\b/,
  /\bglpat-[0-9A-Za-z_-]{20,}\b/,
  /\bxox[abprs]-[0-9A-Za-z-]{10,}\b/,
  /\bsk-(?:[a-z]+-)*[0-9A-Za-z]{20,}\b/,
  // A password in an address; not one that a template, a shell or nobody fills in.
  /:\/\/[^\s/:@'"]*:(?![{$%])[^\s/:@'"]{4,}@/,
];

/** Whether a value looks like a secret, whatever it is called. */
export const looksSecret = (value: string): boolean => shapes.some((shape) => shape.test(value));

/** A rule over the containers of pods and of workflows' steps. */
export function secretRule(
  text: RuleText,
  check: (holder: { containers: { path: string; container: Fields }[] }, report: Report, context: Context) => void,
): ResourceRule {
  const containers = (type: string, props: unknown) => {
    const object = props as KubeObject;
    const kind = kindOf(type) ?? "";
    return podOf(object, kind)?.containers ?? workflowOf(object, kind).templates.flatMap((one) => one.containers);
  };
  return resourceRule("secrets", text, {
    applies: (type) => holders.has(kindOf(type) ?? ""),
    check: ({ type, props }, report, context) => check({ containers: containers(type, props) }, report, context),
    nameOf,
  });
}

const holders = new Set([
  ...["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"],
  ...["WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow", "Workflow"],
]);
