// Rules over Argo's workflows, in every kind that describes one, and over their templates.
import type { CheckedRule, InArea, Report, ResourceRule, RuleText } from "../rule.ts";
import { each, gather, textOf } from "../unknown.ts";
import { at, type Fields, fields, items, mergedOver } from "../values.ts";
import { type Placed, placedRule } from "./nested.ts";
import type { KubeObject } from "./objects.ts";
import { type Container, containerAt, containersOf } from "./pod.ts";
import { isBuiltIn, isWorkflow, kindOf } from "./types.ts";

/** A workflow's spec, with its path in the object. */
export interface Workflow {
  object: KubeObject;
  kind: string;
  /** Leads to the object in its resource; ends with a dot, "" for the resource itself. */
  objectPath: string;
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

/** The workflow that an object of a workflow's kind describes; `prefix` leads to the object. */
export function workflowOf(object: KubeObject, kind: string, prefix = ""): Workflow {
  const cron = kind === "CronWorkflow";
  const path = prefix + (cron ? "spec.workflowSpec" : "spec");
  return workflowAt({ object, kind, objectPath: prefix, path }, () =>
    fields(cron ? fields(object.spec).workflowSpec : object.spec),
  );
}

/** The workflows that an object describes: itself, or a spec in a custom kind. */
export function workflowsOf({ object, type, kind, path, shapes }: Placed): Workflow[] {
  if (isWorkflow(type)) return [workflowOf(object, kind, path)];
  return gather(shapes, (shape) =>
    shape.kind === "workflow"
      ? [workflowAt({ object, kind: "Workflow", objectPath: path, path: shape.path }, () => shape.spec)]
      : [],
  );
}

function workflowAt(where: Pick<Workflow, "object" | "kind" | "objectPath" | "path">, specOf: () => Fields): Workflow {
  const { path } = where;
  return {
    ...where,
    get spec() {
      return specOf();
    },
    get templates() {
      const spec = specOf();
      return gather(items(spec.templates), (template, i) =>
        templatesAt(template, `${path}.templates[${i}] (${textOf(() => template.name)})`, spec),
      );
    },
    get isReference() {
      return specOf().workflowTemplateRef !== undefined;
    },
  };
}

/** A template, and those that its tasks and steps have inline. */
function templatesAt(template: Fields, path: string, workflow: Fields): Template[] {
  const result: Template = {
    ...{ path, template, name: textOf(() => template.name) },
    get containers() {
      return containersIn(template, path, workflow);
    },
  };
  return [result, ...gather(callsOf(template), (call) => inlineIn(call, path, workflow))];
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
    gather(items(list), (task, i) => [{ task, path: `${path}[${i}] (${textOf(() => task.name)})` }]);
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
    const shared = () => fields(at(workflow, "templateDefaults", name));
    return [containerAt(mergedOver(fields(template[name]), shared), `${path}.${name}`)];
  });
}

/** A rule over every object that describes a workflow. */
export const workflowRule = ({ check, ...rest }: CheckedRule<Workflow> & Partial<InArea>): ResourceRule =>
  placedRule({
    area: "argo",
    ...rest,
    appliesTo: mayDescribe,
    check: (placed, report, context) => each(workflowsOf(placed), (workflow) => check(workflow, report, context)),
  });

/** Whether objects of a type may describe a workflow. */
const mayDescribe = (type: string): boolean => kindOf(type) !== undefined && !isBuiltIn(type);

interface StepRuleParts extends RuleText {
  check: (template: Template, report: Report, workflow: Workflow) => void;
}

/** A rule over the templates that run in pods. */
export const stepRule = ({ check, ...text }: StepRuleParts): ResourceRule =>
  workflowRule({
    ...text,
    check: (workflow, report) =>
      each(workflow.templates, (template) => {
        if (template.containers.length > 0) check(template, report, workflow);
      }),
  });
