// Argo's workflows in whatever holds them, and the templates in those.
import { type Area, type Context, type Report, type ResourceRule, type RuleText, resourceRule } from "../rule.ts";
import { type Fields, fields, items } from "../values.ts";
import { type KubeObject, kindOf, nameOf } from "./objects.ts";

/** A workflow's spec, and where in its object it stands. */
export interface Workflow {
  object: KubeObject;
  kind: string;
  path: string;
  spec: Fields;
  templates: Template[];
  /** Whether it only starts a template that is described elsewhere. */
  isReference: boolean;
}

/** A template of a workflow. */
export interface Template {
  path: string;
  name: string;
  template: Fields;
  /** What runs in a pod of its own: containers with their paths; none for dag, steps and suspend. */
  containers: { path: string; container: Fields }[];
}

const kinds = new Set(["WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow", "Workflow"]);

/** The workflow that an object describes. */
export function workflowOf(object: KubeObject, kind: string): Workflow {
  const cron = kind === "CronWorkflow";
  const path = cron ? "spec.workflowSpec" : "spec";
  const spec = fields(cron ? fields(object.spec).workflowSpec : object.spec);
  const templates = items(spec.templates).map((template, i) => ({
    path: `${path}.templates[${i}] (${template.name})`,
    name: String(template.name),
    template,
    containers: containersOf(template, `${path}.templates[${i}] (${template.name})`),
  }));
  return { object, kind, path, spec, templates, isReference: spec.workflowTemplateRef !== undefined };
}

function containersOf(template: Fields, path: string): Template["containers"] {
  const one = ["container", "script"].flatMap((name) =>
    template[name] === undefined ? [] : [{ path: `${path}.${name}`, container: fields(template[name]) }],
  );
  const several = ["initContainers", "sidecars"].flatMap((name) =>
    items(template[name]).map((container, i) => ({ path: `${path}.${name}[${i}] (${container.name})`, container })),
  );
  const set = items(fields(template.containerSet).containers).map((container, i) => ({
    path: `${path}.containerSet.containers[${i}] (${container.name})`,
    container,
  }));
  return [...one, ...set, ...several];
}

/** A rule over everything that describes a workflow. */
export function workflowRule(
  text: RuleText,
  check: (workflow: Workflow, report: Report, context: Context) => void,
  fix?: (workflow: Workflow, context: Context) => boolean,
  area: Area = "argo",
): ResourceRule {
  const of = ({ type, props }: { type: string; props: unknown }) => workflowOf(props as KubeObject, kindOf(type) ?? "");
  return resourceRule(area, text, {
    applies: (type) => type.startsWith("kubernetes:argoproj.io/") && kinds.has(kindOf(type) ?? ""),
    check: (args, report, context) => check(of(args), report, context),
    ...(fix ? { fix: (args, context) => fix(of(args), context) } : {}),
    nameOf,
  });
}

/** A rule over the templates that run in pods. */
export function stepRule(
  text: RuleText,
  check: (template: Template, report: Report, workflow: Workflow, context: Context) => void,
): ResourceRule {
  return workflowRule(text, (workflow, report, context) => {
    for (const template of workflow.templates)
      if (template.containers.length > 0) check(template, report, workflow, context);
  });
}
