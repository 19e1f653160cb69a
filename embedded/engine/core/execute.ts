// Calls a template: finds it, applies the limits, resolves its inputs, and runs it by its kind.
import { executeDag } from "./dag.ts";
import { type Frame, type Invocation, inputLookup, localLookup, type Outcome } from "./frame.ts";
import { resolveInputs } from "./inputs.ts";
import { executePod } from "./leaf.ts";
import { mayBegin } from "./limits.ts";
import { annotations, attemptName } from "./names.ts";
import { isFulfilled, type Operation } from "./operation.ts";
import { executeRetry } from "./retry.ts";
import { executeSteps } from "./steps.ts";
import { type Lookup, layers, substitute } from "./substitute.ts";
import { executeSuspend } from "./suspend.ts";
import { resolveReference } from "./templates.ts";
import { SpecError } from "./types.ts";

/** The greatest depth of calls: templates may call themselves. */
export const MAX_DEPTH = 100;

/** As in Argo (workflow/controller/operator.go). */
const DISPLAY_NAME = /^[a-zA-Z0-9][a-zA-Z0-9-.]{0,61}[a-zA-Z0-9]$/;

/** Ends the node of a call that is wrong with an error. */
function failCall(op: Operation, call: Invocation, error: unknown): Outcome {
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

/** Gives a call's node the name to show that its template has in an annotation. */
function withDisplayName(op: Operation, { template, lookup }: Frame, outcome: Outcome): Outcome {
  const declared = template.annotations?.[annotations.displayName];
  if (!declared || !outcome.node) return outcome;
  const displayName = substitute(declared, lookup);
  if (!DISPLAY_NAME.test(displayName)) throw new SpecError(`displayName must match the regex ${DISPLAY_NAME.source}`);
  return { ...outcome, node: op.update(outcome.node, { displayName }) };
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
    const lookupWithoutInputs = layers(op.globals, localLookup(op, call.name, template, extra));
    // An existing node keeps its inputs, even where the caller's arguments would resolve to others now.
    const inputs = existing
      ? (existing.inputs?.parameters ?? [])
      : resolveInputs(template.inputs?.parameters, call.args(), (text) => substitute(text, lookupWithoutInputs));
    // As Argo substitutes the variables of a call in all of it, an inline template has those, too.
    const outer: Lookup = (call.call.inline && call.lookup) ?? (() => undefined);
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
      lookup: layers(lookupWithoutInputs, inputLookup(inputs), outer),
    };
    const strategy = template.retryStrategy ?? op.spec.retryStrategy;
    if (!strategy) return withDisplayName(op, frame, run(op, frame));
    const outcome = executeRetry(
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
          lookup: layers(op.globals, local, inputLookup(inputs), outer),
          ...(until === undefined ? {} : { until }),
        });
      },
      call.within,
    );
    return withDisplayName(op, frame, outcome);
  } catch (error) {
    return failCall(op, call, error);
  }
}

/** Runs a template once; what is wrong with the template or its outputs becomes the node's error. */
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
