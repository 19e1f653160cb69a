// The global variables of a workflow, which all its templates can use: `{{workflow.…}}`.
import { podName } from "@agentic/api/pod-names.ts";
import { CRON_KEYS } from "./cron/types.ts";
import type { Lookup } from "./substitute.ts";
import { strftime } from "./time.ts";
import type { AnyString, NodeStatus, Parameter, Workflow, WorkflowSpec } from "./types.ts";

/** A number without an exponent, as Go's FormatFloat(x, 'f', -1, 64) has it. */
function decimal(number: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?e([-+]\d+)$/.exec(number);
  if (!match) return number;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return (
    sign + (point >= digits.length ? digits.padEnd(point, "0") : `${digits.slice(0, point)}.${digits.slice(point)}`)
  );
}

/** The text of a value of Argo's type AnyString (pkg/apis/workflow/v1alpha1/anystring.go); a bigint keeps all its digits. */
export const anyString = (value: AnyString): string =>
  typeof value === "number" ? decimal(String(value)) : String(value);

/** Parameters with their values as strings, as Argo writes them. */
const withStringValues = (parameters: Parameter[]): object[] =>
  parameters.map(({ value, default: fallback, ...rest }) => ({
    ...rest,
    ...(fallback === undefined ? {} : { default: anyString(fallback) }),
    ...(value === undefined ? {} : { value: anyString(value) }),
  }));

/** Looks up `{{workflow.parameters.x}}` and the like. `run` returns the values that change while the workflow runs. */
export function globalLookup(
  workflow: Workflow,
  spec: WorkflowSpec,
  run: () => { status: string; seconds: number; failures?: string },
): Lookup {
  const { metadata } = workflow;
  const parameters = spec.arguments?.parameters ?? [];
  const values = new Map<string, string>();
  for (const parameter of parameters) {
    const value = parameter.value ?? parameter.default;
    if (value !== undefined) values.set(parameter.name, anyString(value));
  }
  const labels = { ...metadata.labels, ...spec.workflowMetadata?.labels };
  const annotations = { ...metadata.annotations, ...spec.workflowMetadata?.annotations };
  const created = new Date(metadata.creationTimestamp ?? 0);

  return (name) => {
    if (!name.startsWith("workflow.")) return undefined;
    const rest = name.slice("workflow.".length);
    const dot = rest.indexOf(".");
    const [head, tail] = dot < 0 ? [rest, undefined] : [rest.slice(0, dot), rest.slice(dot + 1)];
    if (tail !== undefined) {
      if (head === "parameters")
        return values.get(tail) ?? (tail === "json" ? JSON.stringify(withStringValues(parameters)) : undefined);
      if (head === "labels") return labels[tail] ?? (tail === "json" ? JSON.stringify(labels) : undefined);
      if (head === "annotations")
        return annotations[tail] ?? (tail === "json" ? JSON.stringify(annotations) : undefined);
      if (head === "creationTimestamp")
        return tail === "RFC3339" ? metadata.creationTimestamp : strftime(created, tail);
      return undefined;
    }
    switch (head) {
      case "name":
        return metadata.name;
      case "namespace":
        return metadata.namespace;
      case "uid":
        return metadata.uid ?? "";
      case "serviceAccountName":
        return spec.serviceAccountName ?? "";
      case "mainEntrypoint":
        return spec.entrypoint ?? "";
      case "creationTimestamp":
        return metadata.creationTimestamp ?? "";
      case "scheduledTime":
        // As in Argo, what no schedule has made keeps the text.
        return annotations[CRON_KEYS.scheduledTime] ?? "{{workflow.scheduledTime}}";
      case "parameters":
        return JSON.stringify(withStringValues(parameters));
      case "labels":
        return JSON.stringify(labels);
      case "annotations":
        return JSON.stringify(annotations);
      case "status":
        return run().status;
      case "duration":
        return run().seconds.toFixed(6);
      case "failures":
        return run().failures;
      default:
        return undefined;
    }
  };
}

/** The fixed names after `workflow.`; there are also `parameters.x`, `labels.x` and the like. */
export const GLOBAL_NAMES = new Set([
  "name",
  "namespace",
  "uid",
  "serviceAccountName",
  "mainEntrypoint",
  "creationTimestamp",
  "scheduledTime",
  "parameters",
  "parameters.json",
  "labels",
  "labels.json",
  "annotations",
  "annotations.json",
  "status",
  "duration",
  "failures",
]);

/** The value of `{{workflow.failures}}`: a JSON list as a JSON string, so that a script can have it inside a string. */
export function failuresOf(workflow: string, nodes: Iterable<NodeStatus>): string {
  const failures = [...nodes]
    .filter((node) => node.phase === "Failed" || node.phase === "Error")
    .map((node) => {
      const template = node.templateRef?.template ?? node.templateName;
      return {
        displayName: node.displayName,
        message: node.message ?? "",
        templateName: template ?? "",
        phase: node.phase,
        podName: podName(workflow, node.name, template),
        finishedAt: node.finishedAt ?? null,
      };
    });
  return JSON.stringify(JSON.stringify(failures));
}
