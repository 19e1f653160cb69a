// Collects a pod's outputs: the exit code, one parameter from the termination message, the result from the log.
import { anyString } from "./globals.ts";
import { MESSAGE_LIMIT, pathOutput } from "./pod.ts";
import { tail } from "./text.ts";
import type { ContainerState, NodeStatus, Outputs, Parameter, Template } from "./types.ts";

/** The most bytes of a result; Argo keeps the last 256 kB of a script's output. */
export const RESULT_LIMIT = 256 * 1024;

const withoutNewline = (text: string) => text.replace(/\n$/, "");

function fromMessage(parameter: Parameter, message: string | undefined): { parameter: Parameter; error?: string } {
  const { valueFrom } = parameter;
  if (message) {
    // The kubelet keeps only the end of a larger file, and does not say so.
    if (Buffer.byteLength(message) >= MESSAGE_LIMIT) {
      const error = `output parameter '${parameter.name}': ${valueFrom?.path} is larger than the ${MESSAGE_LIMIT - 1} bytes that a parameter can have: store the file and pass its address`;
      return { parameter, error };
    }
    return { parameter: { ...parameter, value: withoutNewline(message) } };
  }
  // An empty file can't be told from a missing one, because the kubelet makes it.
  if (valueFrom?.default !== undefined) return { parameter: { ...parameter, value: anyString(valueFrom.default) } };
  return {
    parameter,
    error: `wait: Error (exit code 64): open /var/run/argo/outputs/parameters${valueFrom?.path}: no such file or directory`,
  };
}

/** The outputs of a finished pod, with an error where a declared parameter is missing or too large. */
export function collectOutputs(
  template: Template,
  node: NodeStatus,
  terminated: ContainerState["terminated"],
  logs: string | undefined,
): { outputs: Outputs | undefined; error?: string } {
  const outputs: Outputs = { ...node.outputs };
  if (terminated) outputs.exitCode = String(terminated.exitCode);
  const declared = pathOutput(template);
  let error: string | undefined;
  if (template.outputs?.parameters?.length) {
    outputs.parameters = template.outputs.parameters.map((parameter) => {
      if (parameter !== declared) return parameter;
      const result = fromMessage(parameter, terminated?.message);
      error = result.error;
      return result.parameter;
    });
  }
  if (logs !== undefined) outputs.result = tail(withoutNewline(logs), RESULT_LIMIT);
  const isEmpty = Object.keys(outputs).length === 0;
  return { outputs: isEmpty ? undefined : outputs, ...(error === undefined ? {} : { error }) };
}
