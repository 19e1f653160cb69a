// The part of Kubernetes' strategic merge that workflow templates need: objects merge, and keyed lists merge item by item.
import type { Template, WorkflowSpec } from "./types.ts";

/** The lists that merge, and the field that identifies their items. */
const KEYS: Record<string, string> = {
  templates: "name",
  parameters: "name",
  volumes: "name",
  initContainers: "name",
  env: "name",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  ports: "containerPort",
  imagePullSecrets: "name",
  tolerations: "key",
  hostAliases: "ip",
};

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isEmpty = (value: unknown) => value === "" || value === null || value === undefined;

function mergeLists(base: unknown[], over: unknown[], key: string): unknown[] {
  const result = [...base];
  for (const item of over) {
    const index = result.findIndex((other) => isObject(other) && isObject(item) && other[key] === item[key]);
    if (index < 0) result.push(item);
    else result[index] = merge(result[index], item);
  }
  return result;
}

/** `over` on top of `base`; neither is changed. An empty string, which Argo's types write for an absent field, counts as absent. */
export function merge(base: unknown, over: unknown, field = ""): unknown {
  if (isEmpty(over)) return base;
  const key = KEYS[field];
  if (Array.isArray(base) && Array.isArray(over) && key) return mergeLists(base, over, key);
  if (!isObject(base) || !isObject(over)) return over;
  const result: Fields = { ...base };
  for (const [name, value] of Object.entries(over)) result[name] = merge(base[name], value, name);
  return result;
}

const KINDS = ["container", "script", "steps", "dag", "suspend"] as const;

/** A template with the workflow's templateDefaults; those for another kind of template don't apply. */
export function withDefaults(template: Template, defaults: Partial<Template> | undefined): Template {
  if (!defaults) return template;
  const applicable: Partial<Template> = { ...defaults };
  for (const kind of KINDS) if (template[kind] === undefined) delete applicable[kind];
  return merge(applicable, template) as Template;
}

/**
 * The spec that a workflow with a workflowTemplateRef runs: the template's with the workflow's on top. An argument to which the workflow
 * gives a value is the workflow's alone, without fields of the template's; `suspend` and `shutdown` come only from the workflow.
 */
export function joinSpecs(workflow: WorkflowSpec, template: WorkflowSpec): WorkflowSpec {
  const joined = merge(template, workflow) as WorkflowSpec;
  const ofWorkflow = new Map((workflow.arguments?.parameters ?? []).map((parameter) => [parameter.name, parameter]));
  const parameters = joined.arguments?.parameters?.map((parameter) => {
    const override = ofWorkflow.get(parameter.name);
    return override?.value !== undefined ? override : parameter;
  });
  const { suspend: _, shutdown: __, ...fields } = joined;
  return {
    ...fields,
    ...(parameters ? { arguments: { ...joined.arguments, parameters } } : {}),
    ...(workflow.suspend === undefined ? {} : { suspend: workflow.suspend }),
    ...(workflow.shutdown ? { shutdown: workflow.shutdown } : {}),
  };
}
