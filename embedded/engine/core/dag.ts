// Runs a DAG template: each task whose dependencies are fulfilled is started, skipped or omitted.

import { nodeId } from "@agentic/api/pod-names.ts";
import { dagPhase } from "./dag-phase.ts";
import { type Plan, planDag } from "./dag-plan.ts";
import type { TaskResults } from "./depends.ts";
import { items, repeats } from "./expand.ts";
import { type Execute, type Frame, nodeFields } from "./frame.ts";
import { resolveArguments } from "./inputs.ts";
import { describe, itemLookup } from "./item.ts";
import { stoppedByFailure } from "./limits.ts";
import { itemName, shownName, taskName } from "./names.ts";
import { isFailure, isFulfilled, type Operation } from "./operation.ts";
import { outboundIds, outboundNodes } from "./outbound.ts";
import { resultOf, templateOutputs } from "./results.ts";
import { type Lookup, layers, substitute } from "./substitute.ts";
import { type Dag, type DagTask, type NodeStatus, SpecError } from "./types.ts";
import { evaluateWhen, wholeCondition } from "./when.ts";

const plans = new WeakMap<Dag, Map<string, Plan>>();

/** The plan of a DAG for a target, cached for as long as its template is in memory. */
function planOf(dag: Dag, target: string): Plan {
  const plansByTarget = plans.get(dag) ?? new Map<string, Plan>();
  plans.set(dag, plansByTarget);
  const plan = plansByTarget.get(target) ?? planDag(dag, target);
  plansByTarget.set(target, plan);
  return plan;
}

interface DagRunOptions {
  op: Operation;
  frame: Frame;
  plan: Plan;
  /** Node of the DAG itself. */
  root: NodeStatus;
  /** Calls the template of a task. */
  execute: Execute;
}

class DagRun {
  readonly op: Operation;
  readonly frame: Frame;
  readonly plan: Plan;
  readonly root: NodeStatus;
  readonly execute: Execute;

  constructor({ op, frame, plan, root, execute }: DagRunOptions) {
    this.op = op;
    this.frame = frame;
    this.plan = plan;
    this.root = root;
    this.execute = execute;
  }

  node(task: string): NodeStatus | undefined {
    return this.op.named(taskName(this.frame.name, task));
  }

  /** The variables `{{tasks.x.…}}` of the tasks for which `visible` holds. */
  lookup(visible: (other: string) => boolean): Lookup {
    return (name) => {
      const match = /^tasks\.([^.]+)\.(.+)$/.exec(name);
      const call = match?.[1] === undefined ? undefined : this.plan.tasks.get(match[1]);
      if (!match?.[2] || !call || !visible(call.name)) return undefined;
      const node = this.node(call.name);
      if (!node) return undefined;
      const repetitions = node.type === "TaskGroup" ? { repetitions: this.op.children(node) } : {};
      return resultOf(this.op, { call, node, ...repetitions }, this.frame.base, match[2]);
    };
  }

  results(task: string): TaskResults {
    const node = this.node(task);
    const children = node?.type === "TaskGroup" ? this.op.children(node) : [];
    return {
      Succeeded: node?.phase === "Succeeded",
      Failed: node?.phase === "Failed",
      Errored: node?.phase === "Error",
      Skipped: node?.phase === "Skipped",
      Omitted: node?.phase === "Omitted",
      AnySucceeded: children.some(({ phase }) => phase === "Succeeded"),
      AllFailed: children.length > 0 && children.every(({ phase }) => phase === "Failed"),
    };
  }

  /** Makes a new node a child of its group, or else of the nodes that it waited for. */
  connect(task: string, name: string, group: NodeStatus | undefined): void {
    const id = nodeId(this.op.name, name);
    const dependencies = this.plan.depends.get(task)?.tasks ?? [];
    if (group) this.op.link(group, id);
    else if (dependencies.length === 0) this.op.link(this.root, id);
    else {
      for (const dependency of dependencies) {
        const node = this.node(dependency);
        for (const parent of node ? outboundNodes(this.op, node) : []) this.op.link(parent, id);
      }
    }
  }

  skip(task: DagTask, name: string, phase: "Skipped" | "Omitted" | "Error", message: string): void {
    this.op.create(name, {
      type: "Skipped",
      phase,
      call: task,
      base: this.frame.base,
      boundary: this.root.id,
      flag: {},
      message,
    });
  }

  visit(task: DagTask): void {
    const name = taskName(this.frame.name, task.name);
    const node = this.op.named(name);
    if (node && (isFulfilled(node.phase) || (node.type === "Pod" && node.phase === "Running"))) return;
    if (!node) {
      const depends = this.plan.depends.get(task.name);
      if (depends) {
        if (!depends.tasks.every((dependency) => isFulfilled(this.node(dependency)?.phase))) return;
        if (!depends.isMet((dependency) => this.results(dependency))) {
          this.skip(task, name, "Omitted", "omitted: depends condition not met");
          this.connect(task.name, name, undefined);
          return;
        }
      }
    }
    const tasks = this.lookup((other) => this.plan.isAncestor(other, task.name));
    const lookup = layers(this.frame.lookup, tasks);
    if (repeats(task)) this.repeat(task, name, node, lookup);
    else this.start(task, task.name, name, lookup, undefined);
  }

  repeat(task: DagTask, name: string, existing: NodeStatus | undefined, lookup: Lookup): void {
    let list: ReturnType<typeof items>;
    try {
      list = items(task, lookup);
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      this.connect(task.name, name, undefined);
      // Where the condition skips the whole task, it does not matter that its list can't be read.
      const condition = wholeCondition(task, lookup);
      if (condition?.proceed === false) this.skip(task, name, "Skipped", `when '${condition.shown}' evaluated false`);
      else this.skip(task, name, "Error", error.message);
      return;
    }
    if (list.length === 0) {
      this.connect(task.name, name, undefined);
      this.skip(task, name, "Skipped", "Skipped, empty params");
      return;
    }
    let group = existing;
    if (!group) {
      this.connect(task.name, name, undefined);
      group = this.op.create(name, {
        type: "TaskGroup",
        phase: "Running",
        call: task,
        base: this.frame.base,
        boundary: this.root.id,
        flag: {},
      });
    }
    const names = list.map((item, index) => itemName(task.name, index, describe(item)));
    for (const [index, item] of list.entries()) {
      const repetition = names[index] ?? "";
      const lookupWithItem = layers(itemLookup(item), lookup);
      this.start(task, repetition, taskName(this.frame.name, repetition), lookupWithItem, group);
    }
    const children = names.map((repetition) => this.node(repetition));
    if (!children.every((child) => isFulfilled(child?.phase))) return;
    const failed = children.findLast((child) => isFailure(child?.phase));
    this.op.mark(group, failed?.phase ?? "Succeeded");
  }

  start(task: DagTask, label: string, name: string, lookup: Lookup, group: NodeStatus | undefined): void {
    const node = this.op.named(name);
    if (node && isFulfilled(node.phase)) return;
    if (!node) {
      this.connect(task.name, name, group);
      try {
        const { proceed, shown } = evaluateWhen(task.when, lookup);
        if (!proceed) {
          this.skip(task, name, "Skipped", `when '${shown}' evaluated false`);
          return;
        }
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
        this.skip(task, name, "Error", error.message);
        return;
      }
    }
    const outcome = this.execute(this.op, {
      name,
      call: task,
      lookup,
      base: this.frame.base,
      boundary: this.root.id,
      within: this.frame.template,
      args: () => resolveArguments(task.arguments, lookup),
      onExit: this.frame.onExit,
      depth: this.frame.depth + 1,
      extra: new Map([["tasks.name", label]]),
    });
    if (outcome.error && outcome.node)
      this.op.mark(outcome.node, "Error", `task '${shownName(name)}' errored: ${outcome.error}`);
  }
}

/** Runs a DAG template as far as it can run now. `execute` calls the templates of its tasks. */
export function executeDag(op: Operation, frame: Frame, execute: Execute): NodeStatus {
  const dag = frame.template.dag;
  if (!dag) throw new SpecError(`template ${frame.template.name} has no dag`);
  let root = op.named(frame.name) ?? op.create(frame.name, { type: "DAG", phase: "Running", ...nodeFields(frame) });
  const plan = planOf(dag, substitute(dag.target ?? "", frame.lookup));
  const run = new DagRun({ op, frame, plan, root, execute });
  for (const name of run.plan.order) {
    const task = run.plan.tasks.get(name);
    if (task) run.visit(task);
  }
  const isStopped = stoppedByFailure(op, root, frame.template);
  root = op.get(root.id) ?? root;
  if (isStopped || isFulfilled(root.phase)) return root;

  const isShutDown = Boolean(op.spec.shutdown) && !frame.onExit;
  const phase = isShutDown
    ? "Failed"
    : dagPhase(
        op,
        root,
        new Map(
          run.plan.targets.map((name) => [
            nodeId(op.name, taskName(frame.name, name)),
            run.plan.tasks.get(name)?.continueOn,
          ]),
        ),
        dag.failFast ?? true,
      );
  if (phase === "Running") return root;
  if (phase === "Succeeded") {
    const outputs = templateOutputs(
      frame.template.outputs?.parameters,
      layers(
        frame.lookup,
        run.lookup(() => true),
      ),
    );
    if (outputs) root = op.update(root, { outputs });
  }
  const outbound = run.plan.targets.flatMap((name) => {
    const node = run.node(name);
    return node ? outboundIds(op, node) : [];
  });
  return op.mark(op.update(root, { outboundNodes: outbound }), phase);
}
