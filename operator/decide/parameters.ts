// The parameters a run gets: tenant's defaults, then the spec's fields, then spec.parameters, checked against the template.

import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { defaultPrefix } from "@agentic/api/artifacts.ts";
import { DEFAULT_BUCKET } from "@agentic/api/names.ts";
import { SELECTIVE_FIELDS } from "@agentic/api/parameter-fields.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { isReservedParameter, OPTIONAL_PARAMETERS, PARAMETERS, TENANT_PARAMETERS } from "@agentic/api/template.ts";
import { cut } from "@agentic/api/text.ts";
import { unsupported } from "@agentic/api/unsupported.ts";
import type { Parameter, WorkflowTemplate } from "../argo.ts";

export type Merged = { ok: true; parameters: Parameter[] } | { ok: false; missingTenant: boolean; errors: string[] };

const MAX_VALUE = 128 * 1024;

/** The job's id: `spec.jobId`, else the workload's name. */
export function jobIdOf(workload: AgentWorkload): string {
  return workload.spec.jobId ?? workload.metadata.name;
}

/** A parameter's value as a template takes it: strings as they are, everything else as JSON. */
function parameterValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What the fields of the spec say, by parameter name. */
function fromFields(workload: AgentWorkload): Record<string, string | undefined> {
  const { spec } = workload;
  const jobId = jobIdOf(workload);
  return {
    [PARAMETERS.jobId]: jobId,
    [PARAMETERS.runId]: workload.metadata.uid,
    [PARAMETERS.objective]: spec.objective,
    [PARAMETERS.targetUrls]: JSON.stringify(spec.targetUrls),
    [PARAMETERS.bucket]: spec.artifacts?.bucket,
    [PARAMETERS.artifactPrefix]: spec.artifacts?.prefix ?? defaultPrefix(jobId),
    [PARAMETERS.model]: spec.model,
    [PARAMETERS.approvalTimeout]: spec.approval?.timeout ?? DEFAULTS.approvalTimeout,
    ...optionalFields(spec),
  };
}

/** Fields that only some templates support. */
function optionalFields({ artifacts, resources }: AgentWorkloadSpec): Record<string, string | undefined> {
  return {
    [OPTIONAL_PARAMETERS.artifactCache]: artifacts?.cache ? "true" : undefined,
    [OPTIONAL_PARAMETERS.cpuRequest]: resources?.requests?.cpu,
    [OPTIONAL_PARAMETERS.cpuLimit]: resources?.limits?.cpu,
    [OPTIONAL_PARAMETERS.memoryRequest]: resources?.requests?.memory,
    [OPTIONAL_PARAMETERS.memoryLimit]: resources?.limits?.memory,
  };
}

/**
 * The parameters for the Workflow, of those that the template declares, or every reason why there can be none.
 * A parameter with a default in the template may be left out.
 */
export function mergeParameters(
  workload: AgentWorkload,
  template: WorkflowTemplate,
  tenant: Record<string, string> | undefined,
): Merged {
  const declared = template.spec.arguments?.parameters ?? [];
  const names = new Set(declared.map(({ name }) => name));
  const errors: string[] = [];
  const values: Record<string, string> = { [PARAMETERS.bucket]: DEFAULT_BUCKET };
  const set = (source: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(source)) if (value !== undefined) values[name] = value;
  };
  for (const name of TENANT_PARAMETERS) set({ [name]: tenant?.[name] });
  const fields = fromFields(workload);
  set(fields);
  for (const [name, field] of Object.entries(SELECTIVE_FIELDS)) {
    if (fields[name] === undefined || names.has(name)) continue;
    errors.push(unsupported(field, name, template.metadata.name));
  }
  for (const [name, value] of Object.entries(workload.spec.parameters ?? {})) {
    if (isReservedParameter(name)) errors.push(`spec.parameters.${name}: is set by the platform; leave it out`);
    else if (!names.has(name)) {
      const own = declared.map((entry) => entry.name).filter((entry) => !isReservedParameter(entry));
      errors.push(
        `spec.parameters.${name}: template ${template.metadata.name} declares no such parameter (it has ${own.join(", ") || "none that you can set"})`,
      );
    } else set({ [name]: parameterValue(value) });
  }
  errors.push(...declared.flatMap((entry) => valueErrors(entry, values[entry.name])));
  const missing = declared.filter(({ name, value, default: byDefault }) => {
    return values[name] === undefined && value === undefined && byDefault === undefined;
  });
  const missingTenant = !tenant && missing.some(({ name }) => TENANT_PARAMETERS.includes(name));
  for (const { name } of missing) {
    const where = TENANT_PARAMETERS.includes(name) ? "the tenant's ConfigMap" : "spec.parameters";
    errors.push(`${name}: template ${template.metadata.name} needs it and ${where} has none`);
  }
  if (errors.length > 0) return { ok: false, missingTenant: missingTenant && errors.length === missing.length, errors };
  const parameters = declared.flatMap(({ name }) => {
    const value = values[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return { ok: true, parameters };
}

function valueErrors(declared: Parameter, value: string | undefined): string[] {
  if (value === undefined) return [];
  const where = `parameter ${declared.name}`;
  // Argo substitutes in values, too: text with tags could read other parameters or run expressions.
  if (value.includes("{{")) return [`${where}: must not contain "{{", which the workflow would substitute`];
  if (value.length > MAX_VALUE) return [`${where}: has ${value.length} characters, at most ${MAX_VALUE} are possible`];
  if (declared.enum && !declared.enum.includes(value)) {
    return [`${where}: "${cut(value, 80)}" is none of ${declared.enum.join(", ")}`];
  }
  return [];
}
