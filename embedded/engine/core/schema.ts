// The fields that the engine supports. A workflow that sets another field is refused with its path: no field is silently ignored.
import { type Check, checkFields, type FieldProblems, type Shape } from "./typed.ts";
import { SpecError } from "./types.ts";

/** A valid workflow uses a feature that this engine does not support. */
export class Unsupported extends SpecError {
  override name = "Unsupported";
}

const fields = (...names: string[]): Record<string, Shape> => Object.fromEntries(names.map((name) => [name, "all"]));
const object = (inner: Record<string, Shape>): Shape => ({ fields: inner });

const mustBeFalse: Check = (value) =>
  value === false ? undefined : "is not supported by this workflow engine unless false";
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(String(value))
      ? undefined
      : `${JSON.stringify(value)} is not supported by this workflow engine: use one of ${values.filter(Boolean).join(", ")}`;
const positiveInteger: Check = (value) =>
  typeof value === "number" && Number.isInteger(value) && value > 0 ? undefined : "must be a positive integer";

const parameter = (valueFrom: Record<string, Shape>): Shape =>
  object({ ...fields("name", "value", "default", "enum", "description"), valueFrom: object(valueFrom) });
const callArguments = object({ parameters: parameter({}) });

const retryStrategy = object({
  ...fields("limit", "expression"),
  retryPolicy: oneOf("", "Always", "OnFailure", "OnError", "OnTransientError"),
  backoff: object(fields("duration", "factor", "cap", "maxDuration")),
});

const call: Record<string, Shape> = {
  // Of an inline template the fields are checked where it is called: a type that holds itself has no end.
  ...fields("name", "template", "inline", "when", "withItems", "withParam"),
  continueOn: object(fields("error", "failed")),
  templateRef: object(fields("name", "template", "clusterScope")),
  arguments: callArguments,
  withSequence: object(fields("count", "start", "end", "format")),
};

const container: Record<string, Shape> = fields(
  "name",
  "image",
  "command",
  "args",
  "workingDir",
  "ports",
  "env",
  "envFrom",
  "resources",
  "volumeMounts",
  "volumeDevices",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
  "imagePullPolicy",
  "securityContext",
  "stdin",
  "stdinOnce",
  "tty",
  "terminationMessagePath",
  "terminationMessagePolicy",
);

/** The service account of Argo's executor, which this engine doesn't have: the field has no effect. */
const executor = object(fields("serviceAccountName"));
const metadata = object(fields("labels", "annotations"));

const template: Record<string, Shape> = {
  ...fields(
    "name",
    "volumes",
    "activeDeadlineSeconds",
    "timeout",
    "pendingTimeout",
    "annotations",
    "podResources",
    "resourceClaims",
    "failFast",
    "nodeSelector",
    "affinity",
    "tolerations",
    "schedulerName",
    "priorityClassName",
    "serviceAccountName",
    "automountServiceAccountToken",
    "hostAliases",
    "securityContext",
  ),
  inputs: object({ parameters: parameter({}) }),
  outputs: object({
    parameters: parameter({ ...fields("path", "parameter", "supplied", "default") }),
  }),
  metadata,
  executor,
  archiveLocation: object({ archiveLogs: mustBeFalse }),
  steps: object(call),
  dag: object({
    ...fields("target", "failFast"),
    tasks: object({ ...call, ...fields("depends", "dependencies") }),
  }),
  container: object(container),
  script: object({ ...container, ...fields("source") }),
  suspend: object(fields("duration")),
  initContainers: object({ ...container, ...fields("restartPolicy", "mirrorVolumeMounts") }),
  retryStrategy,
  parallelism: positiveInteger,
};

const templateShape = object(template);

const spec: Record<string, Shape> = {
  ...fields(
    "entrypoint",
    "activeDeadlineSeconds",
    "onExit",
    "suspend",
    "volumes",
    "serviceAccountName",
    "automountServiceAccountToken",
    "imagePullSecrets",
    "nodeSelector",
    "affinity",
    "tolerations",
    "hostNetwork",
    "dnsPolicy",
    "dnsConfig",
    "hostAliases",
    "schedulerName",
    "podPriorityClassName",
    "podResources",
    "resourceClaims",
    "securityContext",
  ),
  templates: templateShape,
  templateDefaults: templateShape,
  arguments: callArguments,
  workflowTemplateRef: object(fields("name", "clusterScope")),
  shutdown: oneOf("", "Stop", "Terminate"),
  parallelism: positiveInteger,
  retryStrategy,
  podGC: object({
    strategy: oneOf("", "OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess"),
    ...fields("deleteDelayDuration", "labelSelector"),
  }),
  ttlStrategy: object(fields("secondsAfterCompletion", "secondsAfterSuccess", "secondsAfterFailure")),
  workflowMetadata: object(fields("labels", "annotations")),
  podMetadata: metadata,
  archiveLogs: mustBeFalse,
  executor,
};

export const workflowSpecShape: Shape = object(spec);

/** A CronWorkflow's spec without its workflowSpec, which is checked as a Workflow's. */
export const cronSpecShape: Shape = object({
  ...fields(
    "schedules",
    "timezone",
    "startingDeadlineSeconds",
    "suspend",
    "successfulJobsHistoryLimit",
    "failedJobsHistoryLimit",
    "when",
  ),
  concurrencyPolicy: oneOf("", "Allow", "Forbid", "Replace"),
  stopStrategy: object(fields("expression")),
  workflowMetadata: metadata,
});

/** The problems of the fields of a WorkflowSpec. */
export const checkSpecFields = (spec: unknown, path: string): FieldProblems =>
  checkFields(spec, "WorkflowSpec", workflowSpecShape, path);

/** The problems of the fields of a template. */
export const checkTemplateFields = (template: unknown, path: string): FieldProblems =>
  checkFields(template, "Template", templateShape, path);
