// The fields that the engine carries out. Whatever else a workflow sets is refused by name: nothing is ignored in silence.
import { type Check, checkFields, type FieldProblems, type Shape } from "./typed.ts";
import { SpecError } from "./types.ts";

/** The workflow is well-formed, but asks for what this engine doesn't do. */
export class Unsupported extends SpecError {
  override name = "Unsupported";
}

const fields = (...names: string[]): Record<string, Shape> => Object.fromEntries(names.map((name) => [name, "all"]));
const object = (inner: Record<string, Shape>): Shape => ({ fields: inner });

const off: Check = (value) => (value === false ? undefined : "is not supported by this workflow engine unless false");
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(String(value))
      ? undefined
      : `${JSON.stringify(value)} is not supported by this workflow engine: want one of ${values.filter(Boolean).join(", ")}`;
const count: Check = (value) =>
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
  ...fields("name", "template", "when", "withItems", "withParam"),
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

/** There is no executor here that an account could be for; with Argo's it keeps the account out of the step. */
const executor = object(fields("serviceAccountName"));
const metadata = object(fields("labels", "annotations"));

const template: Record<string, Shape> = {
  ...fields(
    "name",
    "volumes",
    "activeDeadlineSeconds",
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
  archiveLocation: object({ archiveLogs: off }),
  steps: object(call),
  dag: object({
    ...fields("target", "failFast"),
    tasks: object({ ...call, ...fields("depends", "dependencies") }),
  }),
  container: object(container),
  script: object({ ...container, ...fields("source") }),
  suspend: object(fields("duration")),
  initContainers: object({ ...container, ...fields("restartPolicy") }),
  retryStrategy,
  parallelism: count,
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
    "securityContext",
  ),
  templates: templateShape,
  templateDefaults: templateShape,
  arguments: callArguments,
  workflowTemplateRef: object(fields("name", "clusterScope")),
  shutdown: oneOf("", "Stop", "Terminate"),
  parallelism: count,
  retryStrategy,
  podGC: object({
    strategy: oneOf("", "OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess"),
    ...fields("deleteDelayDuration"),
  }),
  ttlStrategy: object(fields("secondsAfterCompletion", "secondsAfterSuccess", "secondsAfterFailure")),
  workflowMetadata: object(fields("labels", "annotations")),
  podMetadata: metadata,
  archiveLogs: off,
  executor,
};

export const workflowSpecShape: Shape = object(spec);

/** What is wrong with the fields of a WorkflowSpec, by path. */
export const checkSpecFields = (spec: unknown, path: string): FieldProblems =>
  checkFields(spec, "WorkflowSpec", workflowSpecShape, path);

/** What is wrong with the fields of a template, by path. */
export const checkTemplateFields = (template: unknown, path: string): FieldProblems =>
  checkFields(template, "Template", templateShape, path);
