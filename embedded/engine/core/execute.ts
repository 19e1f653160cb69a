// Calls a template: finds it, resolves its inputs, applies the limits, and runs it by its kind.
import { executeDag } from "./dag.ts";
import { type Frame, type Invocation, inputLookup, localLookup, type Outcome } from "./frame.ts";
import { resolveInputs } from "./inputs.ts";
import { executePod } from "./leaf.ts";
import { mayBegin } from "./limits.ts";
import { attemptName } from "./names.ts";
import { isFulfilled, type Operation } from "./operation.ts";
import { executeRetry } from "./retry.ts";
import { executeSteps } from "./steps.ts";
import { layers, substitute } from "./substitute.ts";
import { executeSuspend } from "./suspend.ts";
import { resolveReference } from "./templates.ts";
import { SpecError } from "./types.ts";

/** Templates may call themselves, as long as something stops them before they are this deep. */
export const MAX_DEPTH = 100;

function fail(op: Operation, call: Invocation, error: unknown): Outcome {
  if (!(error instanceof SpecError)) throw error;
  const existing = op.named(call.name);
  const node = existing
    ? op.mark(existing, "Error", error.message)
    : op.create(call.name, {
        type: "Skipped",
        phase: "Error",
        call: call.call,
        base: call.base,
        message: error.message,
        ...(call.boundary === undefined ? {} : { boundary: call.boundary }),
        ...(call.flag ? { flag: call.flag } : {}),
      });
  return { node, error: error.message };
}

export function execute(op: Operation, call: Invocation): Outcome {
  const existing = op.named(call.name);
  if (existing && isFulfilled(existing.phase)) return { node: existing };
  try {
    if (call.depth >= MAX_DEPTH)
      throw new SpecError(`Maximum recursion depth exceeded: templates call each other ${MAX_DEPTH} deep`);
    const called = resolveReference(call.call, call.lookup ?? op.globals);
    const { template, base } = op.templates.resolve(called, call.base);
    if (!existing && !mayBegin(op, call.boundary, call.within)) return {};
    const extra = call.extra ?? new Map<string, string>();
    const outside = layers(op.globals, localLookup(op, call.name, template, extra));
    // A node keeps the inputs that it began with, whatever its caller would resolve now.
    const inputs = existing
      ? (existing.inputs?.parameters ?? [])
      : resolveInputs(template.inputs?.parameters, call.args(), (text) => substitute(text, outside));
    const frame: Frame = {
      name: call.name,
      call: called,
      template,
      outer: call.base,
      base,
      boundary: call.boundary,
      inputs,
      onExit: call.onExit ?? false,
      flag: call.flag,
      depth: call.depth,
      lookup: layers(outside, inputLookup(inputs)),
    };
    const strategy = template.retryStrategy ?? op.spec.retryStrategy;
    if (!strategy) return run(op, frame);
    return executeRetry(
      op,
      frame,
      strategy,
      (attempt, variables, until) => {
        const name = attemptName(call.name, attempt);
        const local = localLookup(op, name, template, new Map([...extra, ...variables]));
        return run(op, {
          ...frame,
          name,
          flag: { ...call.flag, retried: true },
          lookup: layers(op.globals, local, inputLookup(inputs)),
          ...(until === undefined ? {} : { until }),
        });
      },
      call.within,
    );
  } catch (error) {
    return fail(op, call, error);
  }
}

/** Runs one attempt; whatever is wrong with the template or its outputs becomes the node's error. */
function run(op: Operation, frame: Frame): Outcome {
  try {
    if (frame.template.dag) return { node: executeDag(op, frame, execute) };
    if (frame.template.steps) return { node: executeSteps(op, frame, execute) };
    if (frame.template.suspend) return { node: executeSuspend(op, frame) };
    const node = executePod(op, frame);
    return node ? { node } : {};
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    const node = op.named(frame.name);
    if (!node) throw error;
    return { node: op.mark(node, "Error", error.message), error: error.message };
  }
}
