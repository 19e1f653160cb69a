// Rules over Argo's workflows, in every kind that describes one, and over their templates.
import { type Area, type Context, type Report, type ResourceRule, type RuleText, resourceRule } from "../rule.ts";
import { each, gather, shown } from "../unknown.ts";
import { at, type Fields, fields, items, mergedOver } from "../values.ts";
import { type KubeObject, nameOf } from "./objects.ts";
import { type Container, containerAt, containersOf } from "./pod.ts";
import { kindOf } from "./types.ts";

/** A workflow's spec, with its path in the object. */
export interface Workflow {
  object: KubeObject;
  kind: string;
  path: string;
  readonly spec: Fields;
  /** Those in the list, and those that a task or step has inline. */
  readonly templates: Template[];
  /** Whether it only refers to a template that is defined elsewhere. */
  readonly isReference: boolean;
}

/** A template of a workflow. */
export interface Template {
  path: string;
  name: string;
  template: Fields;
  /** What runs in a pod of its own, with the workflow's templateDefaults; none for dag, steps and suspend. */
  readonly containers: Container[];
}

/** Argo's kinds that describe a workflow. */
export const workflowKinds: ReadonlySet<string> = new Set([
  "WorkflowTemplate",
  "ClusterWorkflowTemplate",
  "CronWorkflow",
  "Workflow",
]);

/** The workflow that an object describes; `prefix` is the path of the object. */
export function workflowOf(object: KubeObject, kind: string, prefix = ""): Workflow {
  const cron = kind === "CronWorkflow";
  const path = prefix + (cron ? "spec.workflowSpec" : "spec");
  const specOf = () => fields(cron ? fields(object.spec).workflowSpec : object.spec);
  return {
    ...{ object, kind, path },
    get spec() {
      return specOf();
    },
    get templates() {
      const spec = specOf();
      return gather(items(spec.templates), (template, i) =>
        templatesAt(template, `${path}.templates[${i}] (${shown(() => template.name)})`, spec),
      );
    },
    get isReference() {
      return specOf().workflowTemplateRef !== undefined;
    },
  };
}

/** A template, and those that its tasks and steps have inline. */
function templatesAt(template: Fields, path: string, workflow: Fields): Template[] {
  const one: Template = {
    ...{ path, template, name: shown(() => template.name) },
    get containers() {
      return containersIn(template, path, workflow);
    },
  };
  return [one, ...gather(callsOf(template), (call) => inlineIn(call, path, workflow))];
}

function inlineIn({ path, task }: Call, above: string, workflow: Fields): Template[] {
  const inline = fields(task.inline);
  return Object.keys(inline).length > 0 ? templatesAt(inline, `${above}.${path}.inline`, workflow) : [];
}

/** A task of a dag or a step, which calls a template. */
interface Call {
  path: string;
  task: Fields;
}

/** The calls of a template. */
export function callsOf(template: Fields): Call[] {
  const called = (list: unknown, path: string) =>
    gather(items(list), (task, i) => [{ task, path: `${path}[${i}] (${shown(() => task.name)})` }]);
  return gather(["dag", "steps"], (kind) => {
    if (kind === "dag") return called(at(template, "dag", "tasks"), "dag.tasks");
    const groups = Array.isArray(template.steps) ? template.steps : [];
    return gather(Object.keys(groups), (i) => called(groups[Number(i)], `steps[${i}]`));
  });
}

function containersIn(template: Fields, path: string, workflow: Fields): Container[] {
  return gather(["container", "script", "containerSet", "initContainers", "sidecars"], (name) => {
    if (template[name] === undefined || template[name] === null) return [];
    if (name === "containerSet") return containersOf(fields(template[name]), "containers", `${path}.${name}`);
    if (name === "initContainers" || name === "sidecars") return containersOf(template, name, path);
    const shared = at(workflow, "templateDefaults", name);
    return [containerAt(mergedOver(fields(template[name]), fields(shared)), `${path}.${name}`)];
  });
}

/** A rule over every object that describes a workflow. */
export function workflowRule(
  text: RuleText,
  check: (workflow: Workflow, report: Report, context: Context) => void,
  area: Area = "argo",
): ResourceRule {
  return resourceRule(area, text, {
    applies: (type) => type.startsWith("kubernetes:argoproj.io/") && workflowKinds.has(kindOf(type) ?? ""),
    check: ({ type, props }, report, context) =>
      check(workflowOf(props as KubeObject, kindOf(type) ?? ""), report, context),
    nameOf,
  });
}

/** A rule over the templates that run in pods. */
export function stepRule(
  text: RuleText,
  check: (template: Template, report: Report, workflow: Workflow, context: Context) => void,
): ResourceRule {
  return workflowRule(text, (workflow, report, context) =>
    each(workflow.templates, (template) => {
      if (template.containers.length > 0) check(template, report, workflow, context);
    }),
  );
}
