// Kubernetes' strategic merge, as far as workflow templates need it: objects merge, keyed lists merge item by item.
import type { Template, WorkflowSpec } from "./types.ts";

/** The lists that merge, and the field that tells their items apart. */
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

/** `over` on top of `base`; neither is changed. Empty strings, which Argo's types write for absent fields, don't count. */
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

/** A template with the workflow's templateDefaults under it; defaults for another kind of template don't apply. */
export function withDefaults(template: Template, defaults: Partial<Template> | undefined): Template {
  if (!defaults) return template;
  const applicable: Partial<Template> = { ...defaults };
  for (const kind of KINDS) if (template[kind] === undefined) delete applicable[kind];
  return merge(applicable, template) as Template;
}

/**
 * What a workflow with a workflowTemplateRef runs: the template's spec with the workflow's on top. An argument is taken
 * whole from whoever gives it a value, and whether to suspend or shut down is only the workflow's to say.
 */
export function joinSpecs(workflow: WorkflowSpec, template: WorkflowSpec): WorkflowSpec {
  const joined = merge(template, workflow) as WorkflowSpec;
  const own = new Map((workflow.arguments?.parameters ?? []).map((parameter) => [parameter.name, parameter]));
  const parameters = joined.arguments?.parameters?.map((parameter) => {
    const mine = own.get(parameter.name);
    return mine?.value !== undefined ? mine : parameter;
  });
  const { suspend: _, shutdown: __, ...fields } = joined;
  return {
    ...fields,
    ...(parameters ? { arguments: { ...joined.arguments, parameters } } : {}),
    ...(workflow.suspend === undefined ? {} : { suspend: workflow.suspend }),
    ...(workflow.shutdown ? { shutdown: workflow.shutdown } : {}),
  };
}
