// Computes the variables with the results of earlier tasks and steps: `{{tasks.x.…}}` and `{{steps.x.…}}`.
import { repeats } from "./expand.ts";
import { anyString } from "./globals.ts";
import { isJson } from "./json.ts";
import type { Operation } from "./operation.ts";
import { compact } from "./raw-json.ts";
import { substitute } from "./substitute.ts";
import type { Base } from "./templates.ts";
import { type Call, type NodeStatus, SpecError } from "./types.ts";

const PARAMETER = "outputs.parameters.";

/**
 * A JSON list of values. As in Argo they stay JSON only where each of them is a list or an object, and are strings otherwise. Unlike in
 * Argo their numbers stay as they are written, and do not become doubles.
 */
function aggregate(values: string[]): string {
  const isStructured = values.length > 0 && values.every((value) => /^\s*[[{]/.test(value) && isJson(value));
  return isStructured ? `[${values.map(compact).join(",")}]` : JSON.stringify(values);
}

const jsonOrText = (text: string): string => (isJson(text) ? compact(text) : JSON.stringify(text));

/** An output of a repeated call: the list of that output of each repetition that succeeded. */
function aggregated(op: Operation, repetitions: NodeStatus[], rest: string): string | undefined {
  const succeeded = repetitions
    .filter((node) => !node.nodeFlag?.retried && !node.nodeFlag?.hooked && node.phase === "Succeeded")
    .map((node) => op.effective(node));
  if (rest === "outputs.result") {
    const results = succeeded.flatMap(({ outputs }) => outputs?.result ?? []);
    return `[${results.map(jsonOrText).join(",")}]`;
  }
  const parameters = succeeded.map((node) => node.outputs?.parameters ?? []).filter((list) => list.length > 0);
  if (rest === "outputs.parameters") {
    return JSON.stringify(
      parameters.map((list) => Object.fromEntries(list.map(({ name, value }) => [name, anyString(value ?? "")]))),
    );
  }
  if (!rest.startsWith(PARAMETER)) return undefined;
  const parameterName = rest.slice(PARAMETER.length);
  const values = parameters.flatMap((list) =>
    list.filter(({ name }) => name === parameterName).map(({ value }) => anyString(value ?? "")),
  );
  return values.length > 0 ? aggregate(values) : undefined;
}

/** An output of a skipped call: its template's default, or null where there is none. */
function skipped(op: Operation, call: Call, base: Base, rest: string): string | null | undefined {
  if (repeats(call) && (rest === "outputs.parameters" || rest === "outputs.result")) return "[]";
  const { template } = op.templates.resolve(call, base);
  if (rest === "outputs.result") return null;
  if (!rest.startsWith(PARAMETER)) return undefined;
  const declared = template.outputs?.parameters?.find(({ name }) => name === rest.slice(PARAMETER.length));
  if (!declared) return undefined;
  const fallback = declared.valueFrom?.default;
  return fallback === undefined ? null : anyString(fallback);
}

function single(node: NodeStatus, rest: string): string | undefined {
  switch (rest) {
    case "id":
      return node.id;
    case "status":
      return node.phase;
    case "startedAt":
      return node.startedAt;
    case "finishedAt":
      return node.finishedAt;
    case "hostNodeName":
      return node.hostNodeName;
    case "exitCode":
      return node.outputs?.exitCode;
    case "outputs.result":
      return node.outputs?.result;
    default: {
      if (!rest.startsWith(PARAMETER)) return undefined;
      const parameter = node.outputs?.parameters?.find(({ name }) => name === rest.slice(PARAMETER.length));
      return parameter?.value === undefined ? undefined : anyString(parameter.value);
    }
  }
}

/** Whether a name after a task's or a step's name is that of a result. */
export const isResult = (rest: string) =>
  [
    "id",
    "status",
    "startedAt",
    "finishedAt",
    "hostNodeName",
    "exitCode",
    "outputs.result",
    "outputs.parameters",
  ].includes(rest) ||
  (rest.startsWith(PARAMETER) && rest.length > PARAMETER.length);

export interface Earlier {
  call: Call;
  node: NodeStatus;
  /** The nodes of a repeated call. */
  repetitions?: NodeStatus[];
}

/** The result `rest` of a call that has ended; null for an output of a skipped call without a default. */
export function resultOf(op: Operation, earlier: Earlier, base: Base, rest: string): string | null | undefined {
  const { call, node, repetitions } = earlier;
  if (repetitions) {
    const value = aggregated(op, repetitions, rest);
    if (value !== undefined) return value;
  }
  const value = single(op.effective(node), rest);
  if (value !== undefined) return value;
  if (!node.outputs && (node.phase === "Skipped" || node.phase === "Omitted")) return skipped(op, call, base, rest);
  return undefined;
}

/** A template's own outputs, from the results of its tasks or steps. Throws a SpecError for one that does not exist. */
export function templateOutputs(
  declared: NonNullable<NodeStatus["outputs"]>["parameters"],
  lookup: (name: string) => string | null | undefined,
): NodeStatus["outputs"] {
  if (!declared?.length) return undefined;
  return {
    parameters: declared.map((parameter) => {
      const { valueFrom, ...rest } = parameter;
      if (valueFrom?.parameter === undefined) return rest;
      const name = valueFrom.parameter.replace(/^\s*\{\{\s*|\s*\}\}\s*$/g, "");
      const value =
        lookup(name) ??
        (valueFrom.default === undefined ? undefined : substitute(anyString(valueFrom.default), lookup));
      if (value === undefined)
        throw new SpecError(`unable to resolve output parameter '${parameter.name}': ${valueFrom.parameter}`);
      return { ...rest, value };
    }),
  };
}
