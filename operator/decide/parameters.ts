// The parameters of a run: the tenant's defaults, then the spec's fields, then spec.parameters, checked against the template.

import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { defaultPrefix, logsFolder, s3Uri } from "@agentic/api/artifacts.ts";
import { NO_TEMPLATE_TAG, NO_VARIABLE } from "@agentic/api/fields.ts";
import { MAX_PARAMETERS_BYTES, MAX_VALUE_BYTES } from "@agentic/api/limits.ts";
import { ANNOTATIONS, DEFAULT_BUCKET } from "@agentic/api/names.ts";
import { SELECTIVE_FIELDS } from "@agentic/api/parameter-fields.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { isReservedParameter, MODEL_NAME, OPTIONAL_PARAMETERS, PARAMETERS } from "@agentic/api/template.ts";
import { TENANT_PARAMETERS } from "@agentic/api/tenant-settings.ts";
import { cut } from "@agentic/api/text.ts";
import { percentOf, traceparentOf, workloadTrace } from "@agentic/api/trace.ts";
import { unsupported } from "@agentic/api/unsupported.ts";
import type { Parameter, WorkflowTemplate } from "../argo.ts";

export type MergeResult =
  | { ok: true; parameters: Parameter[] }
  | { ok: false; missingTenant: boolean; errors: string[] };

/** The job's id: `spec.jobId`, else the workload's name. */
export function jobIdOf(workload: AgentWorkload): string {
  return workload.spec.jobId ?? workload.metadata.name;
}

const prefixOf = (workload: AgentWorkload): string =>
  workload.spec.artifacts?.prefix ?? defaultPrefix(jobIdOf(workload));

/** The place in the object store that the workload's artifacts go to; `tenant` is its ConfigMap's data. */
export function placeOf(workload: AgentWorkload, tenant: Record<string, string> | undefined) {
  const bucket = workload.spec.artifacts?.bucket ?? tenant?.[PARAMETERS.bucket] ?? DEFAULT_BUCKET;
  return { bucket, prefix: prefixOf(workload) };
}

/** Where the agents' pods of the workload's runs keep their logs; `tenant` is its ConfigMap's data. */
export function logsUri(workload: AgentWorkload, tenant: Record<string, string> | undefined): string {
  const { bucket, prefix } = placeOf(workload, tenant);
  return s3Uri(bucket, prefix, logsFolder(workload.metadata.uid ?? ""));
}

/** A parameter's value as text, as Argo takes it: strings unchanged, everything else as JSON. */
function parameterValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isModelName(value: unknown): boolean {
  const { maxLength, pattern } = MODEL_NAME;
  return typeof value === "string" && value.length <= maxLength && new RegExp(pattern).test(value);
}

function describeValue(value: unknown): string {
  if (typeof value === "string") return `"${cut(value, 80, "…")}"`;
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The parameters that follow from fields of the spec, by name. */
function fromFields(
  workload: AgentWorkload,
  tenant: Record<string, string> | undefined,
): Record<string, string | undefined> {
  const { spec } = workload;
  const jobId = jobIdOf(workload);
  return {
    [PARAMETERS.jobId]: jobId,
    [PARAMETERS.runId]: workload.metadata.uid,
    [PARAMETERS.objective]: spec.objective,
    [PARAMETERS.targetUrls]: JSON.stringify(spec.targetUrls),
    [PARAMETERS.bucket]: spec.artifacts?.bucket,
    [PARAMETERS.artifactPrefix]: prefixOf(workload),
    [PARAMETERS.model]: spec.model,
    [PARAMETERS.approvalTimeout]: spec.approval?.timeout ?? DEFAULTS.approvalTimeout,
    [OPTIONAL_PARAMETERS.scheduledTime]: workload.metadata.annotations?.[ANNOTATIONS.scheduledAt] ?? "",
    [OPTIONAL_PARAMETERS.traceparent]: traceparentOf(workloadTrace(workload, percentOf(tenant))),
    ...optionalFields(spec),
  };
}

/** Fields that only some templates support. */
function optionalFields({ artifacts, browser, resources }: AgentWorkloadSpec): Record<string, string | undefined> {
  return {
    [OPTIONAL_PARAMETERS.artifactCache]: artifacts?.cache ? "true" : undefined,
    [OPTIONAL_PARAMETERS.pageScripts]: browser?.scripts ? "true" : undefined,
    [OPTIONAL_PARAMETERS.cpuRequest]: resources?.requests?.cpu,
    [OPTIONAL_PARAMETERS.cpuLimit]: resources?.limits?.cpu,
    [OPTIONAL_PARAMETERS.memoryRequest]: resources?.requests?.memory,
    [OPTIONAL_PARAMETERS.memoryLimit]: resources?.limits?.memory,
  };
}

/**
 * The Workflow's parameters, of those that the template declares, or every error that prevents them.
 * A parameter with a default in the template may be left out.
 */
export function mergeParameters(
  workload: AgentWorkload,
  template: WorkflowTemplate,
  tenant: Record<string, string> | undefined,
  budgetClaim?: string,
): MergeResult {
  const declared = template.spec.arguments?.parameters ?? [];
  const names = new Set(declared.map(({ name }) => name));
  const errors: string[] = [];
  const values: Record<string, string> = { [PARAMETERS.bucket]: DEFAULT_BUCKET };
  const set = (source: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(source)) if (value !== undefined) values[name] = value;
  };
  for (const name of TENANT_PARAMETERS) set({ [name]: tenant?.[name] });
  const fields = fromFields(workload, tenant);
  set(fields);
  for (const [name, field] of Object.entries(SELECTIVE_FIELDS)) {
    if (fields[name] === undefined || names.has(name)) continue;
    errors.push(unsupported(field, name, template.metadata.name));
  }
  set({ [OPTIONAL_PARAMETERS.budgetClaim]: budgetClaim });
  if (workload.spec.budget) errors.push(...budgetErrors(names, template, budgetClaim));
  for (const [name, value] of Object.entries(workload.spec.parameters ?? {})) {
    if (isReservedParameter(name)) errors.push(`spec.parameters.${name}: is set by the platform; leave it out`);
    else if (!names.has(name)) {
      const settable = declared.map((entry) => entry.name).filter((entry) => !isReservedParameter(entry));
      errors.push(
        `spec.parameters.${name}: template ${template.metadata.name} declares no such parameter (it has ${settable.join(", ") || "none that you can set"})`,
      );
    } else if (name === PARAMETERS.model && !isModelName(value))
      errors.push(
        `spec.parameters.model: must be the name of a model, a string such as default; it is ${describeValue(value)}`,
      );
    else set({ [name]: parameterValue(value) });
  }
  errors.push(...declared.flatMap((entry) => valueErrors(entry, values[entry.name])));
  const missing = declared.filter(({ name, value, default: byDefault }) => {
    return values[name] === undefined && value === undefined && byDefault === undefined;
  });
  const missingTenant = !tenant && missing.some(({ name }) => TENANT_PARAMETERS.includes(name));
  for (const { name } of missing) {
    const source = TENANT_PARAMETERS.includes(name) ? "the tenant's ConfigMap" : "spec.parameters";
    errors.push(`${name}: template ${template.metadata.name} requires it, set it in ${source}`);
  }
  const bytes = Object.values(values).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  if (bytes > MAX_PARAMETERS_BYTES)
    errors.push(`the parameters have ${bytes} bytes together, at most ${MAX_PARAMETERS_BYTES} fit into a Workflow`);
  if (errors.length > 0) return { ok: false, missingTenant: missingTenant && errors.length === missing.length, errors };
  const parameters = declared.flatMap(({ name }) => {
    const value = values[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return { ok: true, parameters };
}

/** Why a workload's budget can't be held, so that it isn't started. */
function budgetErrors(
  names: ReadonlySet<string>,
  template: WorkflowTemplate,
  budgetClaim: string | undefined,
): string[] {
  if (!names.has(OPTIONAL_PARAMETERS.budgetClaim))
    return [unsupported("spec.budget", OPTIONAL_PARAMETERS.budgetClaim, template.metadata.name)];
  return budgetClaim === undefined
    ? ["spec.budget: this platform holds no budgets: it has no model gateway, or no Postgres for its ledger"]
    : [];
}

function valueErrors(declared: Parameter, value: string | undefined): string[] {
  if (value === undefined) return [];
  const path = `parameter ${declared.name}`;
  // Argo substitutes tags inside values, too: such text could read other parameters or run expressions.
  if (value.includes("{{")) return [`${path}: ${NO_TEMPLATE_TAG.message}`];
  // The step would get another text than the one that the checks of URLs and names have judged.
  if (value.includes("$(")) return [`${path}: ${NO_VARIABLE.message}`];
  if (value.includes("\0"))
    return [`${path}: must not contain a NUL character, because a program's arguments cannot contain it`];
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_VALUE_BYTES) return [`${path}: has ${bytes} bytes (UTF-8), a step takes at most ${MAX_VALUE_BYTES}`];
  if (declared.enum && !declared.enum.includes(value)) {
    return [`${path}: must be one of ${declared.enum.join(", ")}, got "${cut(value, 80)}"`];
  }
  return [];
}
