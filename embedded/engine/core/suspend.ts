// Runs a suspend template: it waits until it is resumed, or until its duration is over.
import { requireEnumValue } from "./enum.ts";
import { type Frame, nodeFields } from "./frame.ts";
import { anyString } from "./globals.ts";
import type { Operation } from "./operation.ts";
import { substitute } from "./substitute.ts";
import { parseDuration, parseTimestamp } from "./time.ts";
import { type NodeStatus, type Parameter, SpecError } from "./types.ts";

/** The outputs that are supplied on resuming; an input of the same name may have their default. */
function suppliedOutputs(frame: Frame): Parameter[] {
  return (frame.template.outputs?.parameters ?? []).flatMap((parameter) => {
    const { valueFrom } = parameter;
    if (!valueFrom?.supplied) return [];
    const input = frame.inputs.find(({ name }) => name === parameter.name);
    const fallback = valueFrom.default ?? input?.default;
    const withDefault = fallback === undefined ? {} : { default: substitute(anyString(fallback), frame.lookup) };
    return [{ ...parameter, valueFrom: { ...valueFrom, ...withDefault } }];
  });
}

/** The outputs after the duration: those that were not supplied have their default. Throws a SpecError where one has none. */
function outputsAfterDuration(node: NodeStatus): NodeStatus["outputs"] {
  if (!node.outputs?.parameters) return node.outputs;
  return {
    ...node.outputs,
    parameters: node.outputs.parameters.map((parameter) => {
      if (parameter.value !== undefined) return parameter;
      const fallback = parameter.valueFrom?.default;
      if (fallback === undefined) {
        throw new SpecError(
          `raw output parameter '${parameter.name}' has not been set and does not have a default value`,
        );
      }
      requireEnumValue(parameter, fallback, `outputs.parameters.${parameter.name}.valueFrom.default`);
      const { valueFrom: _, ...parameterFields } = parameter;
      return { ...parameterFields, value: anyString(fallback) };
    }),
  };
}

export function executeSuspend(op: Operation, frame: Frame): NodeStatus {
  let node = op.named(frame.name);
  if (!node) {
    const parameters = suppliedOutputs(frame);
    node = op.create(frame.name, {
      type: "Suspend",
      phase: "Pending",
      ...nodeFields(frame),
      ...(parameters.length > 0 ? { outputs: { parameters } } : {}),
    });
    if (!op.mayStart(frame.onExit)) return op.mark(node, "Failed", `Stopped with strategy '${op.spec.shutdown}'`);
    if (op.pastDeadline && !frame.onExit) return op.mark(node, "Failed", "Step exceeded its deadline");
  }
  const duration = substitute(anyString(frame.template.suspend?.duration ?? ""), frame.lookup);
  if (duration !== "") {
    const endsAt = parseTimestamp(node.startedAt, "startedAt") + parseDuration(duration, "suspend.duration");
    if (op.now.getTime() >= endsAt)
      return op.mark(op.update(node, { outputs: outputsAfterDuration(node) }), "Succeeded");
    op.wake(endsAt);
  }
  return op.mark(node, "Running");
}
