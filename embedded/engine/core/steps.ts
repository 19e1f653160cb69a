// Runs a steps template: its groups one after another, the steps of a group at the same time.

import { nodeId } from "@agentic/api/pod-names.ts";
import { items, repeats } from "./expand.ts";
import { type Execute, type Frame, nodeFields } from "./frame.ts";
import { resolveArguments } from "./inputs.ts";
import { describe, itemLookup } from "./item.ts";
import { stoppedByFailure } from "./limits.ts";
import { callOf, groupName, itemName, shownName } from "./names.ts";
import { continuesOn, isFailure, isFulfilled, type Operation } from "./operation.ts";
import { outboundIds, outboundNodes } from "./outbound.ts";
import { resultOf, templateOutputs } from "./results.ts";
import { type Lookup, layers } from "./substitute.ts";
import { type Call, type NodeStatus, SpecError } from "./types.ts";
import { evaluateWhen, wholeCondition } from "./when.ts";

/** Looks up `{{steps.x.…}}` of the steps in the given groups, which have ended. */
function stepsLookup(op: Operation, frame: Frame, groups: Call[][]): Lookup {
  const earlier = new Map(
    groups.flatMap((group, index) =>
      group.map((call) => [call.name, { call, group: groupName(frame.name, index) }] as const),
    ),
  );
  return (name) => {
    const match = /^steps\.([^.]+)\.(.+)$/.exec(name);
    const step = match?.[1] === undefined ? undefined : earlier.get(match[1]);
    const group = step && op.named(step.group);
    if (!match?.[2] || !step || !group) return undefined;
    const prefix = `${step.group}.${step.call.name}`;
    const node = op.named(prefix);
    if (node) return resultOf(op, { call: step.call, node }, frame.base, match[2]);
    const repetitions = op
      .children(group)
      .filter((child) => child.name.startsWith(`${prefix}(`) && child.type !== "Skipped");
    return resultOf(op, { call: step.call, node: group, repetitions }, frame.base, match[2]);
  };
}

interface GroupRunOptions {
  op: Operation;
  frame: Frame;
  /** Id of the node of the whole steps template. */
  boundary: string;
  /** Name of the group's node. */
  name: string;
  lookup: Lookup;
  /** Calls the template of a step. */
  execute: Execute;
}

class GroupRun {
  readonly op: Operation;
  readonly frame: Frame;
  readonly boundary: string;
  readonly name: string;
  readonly lookup: Lookup;
  readonly execute: Execute;
  deferred = false;

  constructor({ op, frame, boundary, name, lookup, execute }: GroupRunOptions) {
    this.op = op;
    this.frame = frame;
    this.boundary = boundary;
    this.name = name;
    this.lookup = lookup;
    this.execute = execute;
  }

  get node(): NodeStatus {
    const node = this.op.named(this.name);
    if (!node) throw new Error(`step group ${this.name} has no node`);
    return node;
  }

  skip(step: Call, name: string, phase: "Skipped" | "Error", message: string): void {
    if (this.op.named(name)) return;
    const child = this.op.create(name, {
      type: "Skipped",
      phase,
      call: step,
      base: this.frame.base,
      boundary: this.boundary,
      flag: {},
      message,
    });
    this.op.link(this.node, child.id);
  }

  /** Begins or continues a step; returns a message where the whole group must end in error. */
  start(step: Call, label: string, lookup: Lookup): string | undefined {
    const name = `${this.name}.${label}`;
    const existing = this.op.named(name);
    if (existing && isFulfilled(existing.phase)) return undefined;
    if (!existing) {
      try {
        const { proceed, shown } = evaluateWhen(step.when, lookup);
        if (!proceed) {
          this.skip(step, name, "Skipped", `when '${shown}' evaluated false`);
          return undefined;
        }
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
        this.skip(step, name, "Error", error.message);
        return error.message;
      }
    }
    const outcome = this.execute(this.op, {
      name,
      call: step,
      lookup,
      base: this.frame.base,
      boundary: this.boundary,
      within: this.frame.template,
      args: () => resolveArguments(step.arguments, lookup),
      onExit: this.frame.onExit,
      depth: this.frame.depth + 1,
      extra: new Map([["steps.name", label]]),
    });
    if (outcome.node) this.op.link(this.node, outcome.node.id);
    else this.deferred = true;
    return outcome.error === undefined
      ? undefined
      : `step group deemed errored due to child ${shownName(name)} error: ${outcome.error}`;
  }

  repeat(step: Call): string | undefined {
    let list: ReturnType<typeof items>;
    try {
      list = items(step, this.lookup);
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      const condition = wholeCondition(step, this.lookup);
      if (condition?.proceed !== false) return error.message;
      this.skip(step, `${this.name}.${step.name}`, "Skipped", `when '${condition.shown}' evaluated false`);
      return undefined;
    }
    if (list.length === 0) this.skip(step, `${this.name}.${step.name}`, "Skipped", "Skipped, empty params");
    for (const [index, item] of list.entries()) {
      const error = this.start(step, itemName(step.name, index, describe(item)), layers(itemLookup(item), this.lookup));
      if (error) return error;
    }
    return undefined;
  }

  run(steps: Call[]): NodeStatus {
    if (isFulfilled(this.node.phase)) return this.node;
    const errors = steps.flatMap(
      (step) => (repeats(step) ? this.repeat(step) : this.start(step, step.name, this.lookup)) ?? [],
    );
    const node = this.node;
    if (isFulfilled(node.phase)) return node;
    const children = this.op.children(node);
    // A group with a failed step ends only when its other steps have ended.
    if (this.deferred || !children.every((child) => isFulfilled(child.phase))) return node;
    if (errors[0]) return this.op.mark(node, "Error", errors[0]);
    const byName = new Map(steps.map((step) => [step.name, step.continueOn]));
    const failed = children.find(
      (child) => isFailure(child.phase) && !continuesOn(byName.get(callOf(child.name)), child.phase),
    );
    return failed ? this.op.mark(node, "Failed", `child '${failed.id}' failed`) : this.op.mark(node, "Succeeded");
  }
}

/** Makes a step group a child of the outbound nodes of the group before it, or else of the template's node. */
function connect(op: Operation, frame: Frame, root: NodeStatus, index: number): void {
  const id = nodeId(op.name, groupName(frame.name, index));
  const previous = index === 0 ? undefined : op.named(groupName(frame.name, index - 1));
  if (!previous) {
    op.link(root, id);
    return;
  }
  const children = op.children(previous);
  if (children.length === 0) op.link(previous, id);
  for (const child of children) for (const outbound of outboundNodes(op, child)) op.link(outbound, id);
}

/** Runs a steps template as far as it can run now. `execute` calls the templates of its steps. */
export function executeSteps(op: Operation, frame: Frame, execute: Execute): NodeStatus {
  const groups = frame.template.steps ?? [];
  let root = op.named(frame.name) ?? op.create(frame.name, { type: "Steps", phase: "Running", ...nodeFields(frame) });
  let last: NodeStatus | undefined;
  for (const [index, steps] of groups.entries()) {
    const name = groupName(frame.name, index);
    if (!op.named(name))
      op.create(name, { type: "StepGroup", phase: "Running", base: frame.base, boundary: root.id, flag: {} });
    connect(op, frame, root, index);
    const lookup = layers(frame.lookup, stepsLookup(op, frame, groups.slice(0, index)));
    last = new GroupRun({ op, frame, boundary: root.id, name, lookup, execute }).run(steps);
    const isStopped = stoppedByFailure(op, root, frame.template);
    root = op.get(root.id) ?? root;
    if (isStopped || isFulfilled(root.phase) || !isFulfilled(last.phase)) return root;
    if (isFailure(last.phase)) break;
  }
  const outbound = last ? op.children(last).flatMap((child) => outboundIds(op, child)) : [];
  root = op.update(op.get(root.id) ?? root, { outboundNodes: outbound });
  if (last && isFailure(last.phase)) return op.mark(root, "Failed", last.message ?? "");
  const outputs = templateOutputs(
    frame.template.outputs?.parameters,
    layers(frame.lookup, stepsLookup(op, frame, groups)),
  );
  if (outputs) root = op.update(root, { outputs });
  return op.mark(root, "Succeeded");
}
