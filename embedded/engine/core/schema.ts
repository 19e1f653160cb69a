// The fields that the engine carries out. Whatever else a workflow sets is refused by name: nothing is ignored in silence.
import { SpecError } from "./types.ts";

/** The workflow is well-formed, but asks for what this engine doesn't do. */
export class Unsupported extends SpecError {
  override name = "Unsupported";
}

type Check = (value: unknown) => string | undefined;
export type Shape = "any" | Check | { fields: Record<string, Shape> } | { list: Shape };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Argo's own types write such values for fields that nobody set. */
function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** Every field of `value` that the shape doesn't know, by its path. */
export function unknownFields(value: unknown, shape: Shape, path: string): string[] {
  if (shape === "any" || value === undefined || value === null) return [];
  if (typeof shape === "function") {
    const problem = shape(value);
    return problem ? [`${path}: ${problem}`] : [];
  }
  if ("list" in shape) {
    if (!Array.isArray(value)) return [`${path}: must be a list`];
    return value.flatMap((item, index) => unknownFields(item, shape.list, `${path}[${index}]`));
  }
  if (!isObject(value)) return [`${path}: must be an object`];
  return Object.entries(value).flatMap(([field, inner]) => {
    const known = shape.fields[field];
    if (known) return unknownFields(inner, known, `${path}.${field}`);
    return isUnset(inner) ? [] : [`${path}.${field}: is not supported by this workflow engine`];
  });
}

const fields = (...names: string[]): Record<string, Shape> => Object.fromEntries(names.map((name) => [name, "any"]));
const list = (shape: Shape): Shape => ({ list: shape });
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
const callArguments = object({ parameters: list(parameter({})) });

const retryStrategy = object({
  ...fields("limit", "expression"),
  retryPolicy: oneOf("", "Always", "OnFailure", "OnError"),
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
  inputs: object({ parameters: list(parameter({})) }),
  outputs: object({
    parameters: list(parameter({ ...fields("path", "parameter", "supplied", "default") })),
  }),
  metadata,
  executor,
  archiveLocation: object({ archiveLogs: off }),
  steps: list(list(object(call))),
  dag: object({
    ...fields("target", "failFast"),
    tasks: list(object({ ...call, ...fields("depends", "dependencies") })),
  }),
  container: object(container),
  script: object({ ...container, ...fields("source") }),
  suspend: object(fields("duration")),
  initContainers: list(object({ ...container, ...fields("restartPolicy") })),
  retryStrategy,
  parallelism: count,
};

const spec: Record<string, Shape> = {
  ...fields(
    "entrypoint",
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
  templates: list(object(template)),
  templateDefaults: object(template),
  arguments: callArguments,
  workflowTemplateRef: object(fields("name", "clusterScope")),
  shutdown: oneOf("", "Stop", "Terminate"),
  parallelism: count,
  activeDeadlineSeconds: count,
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
