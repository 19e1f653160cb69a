// The field of a workload's spec that sets each of the platform's own parameters.
import { OPTIONAL_PARAMETERS, PARAMETERS } from "./template.ts";

/** Parameters that only some templates declare, with the field that sets them: with another template the field is refused. */
export const SELECTIVE_FIELDS: Readonly<Record<string, string>> = {
  [PARAMETERS.model]: "spec.model",
  [OPTIONAL_PARAMETERS.artifactCache]: "spec.artifacts.cache",
  [OPTIONAL_PARAMETERS.pageScripts]: "spec.browser.scripts",
  [OPTIONAL_PARAMETERS.cpuRequest]: "spec.resources.requests.cpu",
  [OPTIONAL_PARAMETERS.cpuLimit]: "spec.resources.limits.cpu",
  [OPTIONAL_PARAMETERS.memoryRequest]: "spec.resources.requests.memory",
  [OPTIONAL_PARAMETERS.memoryLimit]: "spec.resources.limits.memory",
};

/** Every parameter that a field of the workload sets, so that `spec.parameters` must not set it. */
export const PARAMETER_FIELDS: Readonly<Record<string, string>> = {
  [PARAMETERS.jobId]: "spec.jobId",
  [PARAMETERS.runId]: "metadata.uid",
  [PARAMETERS.objective]: "spec.objective",
  [PARAMETERS.targetUrls]: "spec.targetUrls",
  [PARAMETERS.bucket]: "spec.artifacts.bucket",
  [PARAMETERS.artifactPrefix]: "spec.artifacts.prefix",
  [PARAMETERS.approvalTimeout]: "spec.approval.timeout",
  [OPTIONAL_PARAMETERS.budgetClaim]: "spec.budget",
  [OPTIONAL_PARAMETERS.traceparent]: "metadata.annotations",
  ...SELECTIVE_FIELDS,
};
