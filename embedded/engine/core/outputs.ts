// A pod's outputs: the exit code, one parameter by the termination message, the result by the log.
import { anyString } from "./globals.ts";
import { MESSAGE_LIMIT, pathOutput } from "./pod.ts";
import { tail } from "./text.ts";
import type { ContainerState, NodeStatus, Outputs, Parameter, Template } from "./types.ts";

/** Argo keeps the last 256 kB of a script's output. */
export const RESULT_LIMIT = 256 * 1024;

const withoutNewline = (text: string) => text.replace(/\n$/, "");

function fromMessage(parameter: Parameter, message: string | undefined): { parameter: Parameter; error?: string } {
  const { valueFrom } = parameter;
  if (message) {
    // The kubelet keeps the end of a longer file and doesn't say that it cut.
    if (Buffer.byteLength(message) >= MESSAGE_LIMIT) {
      const error = `output parameter '${parameter.name}': ${valueFrom?.path} is larger than ${MESSAGE_LIMIT - 1} bytes, which is all that a parameter can carry: store it and pass its address`;
      return { parameter, error };
    }
    return { parameter: { ...parameter, value: withoutNewline(message) } };
  }
  // An empty file cannot be told from a missing one, for the kubelet makes it.
  if (valueFrom?.default !== undefined) return { parameter: { ...parameter, value: anyString(valueFrom.default) } };
  return {
    parameter,
    error: `wait: Error (exit code 64): open /var/run/argo/outputs/parameters${valueFrom?.path}: no such file or directory`,
  };
}

/** What a finished pod gives; an error when it owes a parameter. */
export function collectOutputs(
  template: Template,
  node: NodeStatus,
  ended: ContainerState["terminated"],
  logs: string | undefined,
): { outputs: Outputs | undefined; error?: string } {
  const outputs: Outputs = { ...node.outputs };
  if (ended) outputs.exitCode = String(ended.exitCode);
  const declared = pathOutput(template);
  let error: string | undefined;
  if (template.outputs?.parameters?.length) {
    outputs.parameters = template.outputs.parameters.map((parameter) => {
      if (parameter !== declared) return parameter;
      const found = fromMessage(parameter, ended?.message);
      error = found.error;
      return found.parameter;
    });
  }
  if (logs !== undefined) outputs.result = tail(withoutNewline(logs), RESULT_LIMIT);
  const empty = Object.keys(outputs).length === 0;
  return { outputs: empty ? undefined : outputs, ...(error === undefined ? {} : { error }) };
}
