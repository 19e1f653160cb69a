// The state of one pass over a workflow: its nodes so far, its pods, and the actions that the pass requests. The workflow itself
// is not changed: a node is replaced by a changed copy.

import { nodeId } from "@agentic/api/pod-names.ts";
import { displayName } from "./names.ts";
import type { Lookup } from "./substitute.ts";
import type { Base, Templates } from "./templates.ts";
import { scopeOf } from "./templates.ts";
import { timestamp } from "./time.ts";
import type { ContinueOn, NodeStatus, NodeType, Phase, Pod, TemplateRef, Workflow, WorkflowSpec } from "./types.ts";

export const isFailure = (phase: Phase | undefined) => phase === "Failed" || phase === "Error";
/** Whether a node has run and ended. */
export const isCompleted = (phase: Phase | undefined) => phase === "Succeeded" || isFailure(phase);
/** Whether a node has ended, or will never run. */
export const isFulfilled = (phase: Phase | undefined) =>
  isCompleted(phase) || phase === "Skipped" || phase === "Omitted";

/** Whether what follows a step or a task ignores that it has ended like this. */
export const continuesOn = (continueOn: ContinueOn | undefined, phase: Phase | undefined) =>
  Boolean((continueOn?.error && phase === "Error") || (continueOn?.failed && phase === "Failed"));

/** The numbers of a boundary's children that its limits depend on. A failed attempt of a retried call counts only by its Retry node. */
interface ChildCounts {
  active: number;
  failed: number;
}

const isActive = (phase: Phase) => phase === "Pending" || phase === "Running";

export interface NewNode {
  type: NodeType;
  phase: Phase;
  call?: { template?: string; templateRef?: TemplateRef };
  base: Base;
  boundary?: string;
  message?: string;
  flag?: NodeStatus["nodeFlag"];
  inputs?: NodeStatus["inputs"];
  outputs?: NodeStatus["outputs"];
}

export class Operation {
  readonly nodes: Map<string, NodeStatus>;
  readonly pods = new Map<string, Pod>();
  /** The pods to create, by name. */
  readonly podsToCreate = new Map<string, Pod>();
  /** The names of pods to delete. */
  readonly podsToDelete = new Set<string>();
  readonly logsNeeded = new Set<string>();
  /** The number of changes in this pass. */
  revision = 0;
  /** Whether a call had to wait for others to end. */
  deferred = false;
  /** Epoch milliseconds of the next time at which a pass is needed without an event. */
  wakeAt: number | undefined;
  /** Pods that are pending or running, for the workflow's `parallelism`. */
  activePods = 0;
  readonly #childCounts = new Map<string, ChildCounts>();
  readonly workflow: Workflow;
  readonly spec: WorkflowSpec;
  readonly now: Date;
  readonly templates: Templates;
  readonly globals: Lookup;
  /** Epoch milliseconds, when the workflow has a deadline. */
  readonly deadline: number | undefined;

  constructor(
    init: Pick<Operation, "workflow" | "spec" | "now" | "templates" | "globals" | "deadline"> & {
      nodes: Record<string, NodeStatus>;
    },
  ) {
    this.workflow = init.workflow;
    this.spec = init.spec;
    this.now = init.now;
    this.templates = init.templates;
    this.globals = init.globals;
    this.deadline = init.deadline;
    this.nodes = new Map(Object.entries(init.nodes));
    for (const node of this.nodes.values()) this.#count(node, 1);
  }

  /** The numbers of active and failed children of a boundary, for its template's limits. */
  childCounts(boundary: string): ChildCounts {
    let counts = this.#childCounts.get(boundary);
    if (!counts) {
      counts = { active: 0, failed: 0 };
      this.#childCounts.set(boundary, counts);
    }
    return counts;
  }

  #count(node: NodeStatus, by: 1 | -1): void {
    if (node.type === "Pod" && isActive(node.phase)) this.activePods += by;
    if (node.boundaryID === undefined || !["Pod", "Steps", "DAG", "Retry"].includes(node.type)) return;
    const counts = this.childCounts(node.boundaryID);
    if (isActive(node.phase) && node.type !== "Retry") counts.active += by;
    if (isFailure(node.phase) && !node.nodeFlag?.retried) counts.failed += by;
  }

  #replace(node: NodeStatus): void {
    const old = this.nodes.get(node.id);
    if (old) this.#count(old, -1);
    this.nodes.set(node.id, node);
    this.#count(node, 1);
    this.revision++;
  }

  get changed(): boolean {
    return this.revision > 0;
  }

  get name(): string {
    return this.workflow.metadata.name;
  }

  get pastDeadline(): boolean {
    return this.deadline !== undefined && this.now.getTime() >= this.deadline;
  }

  /** Whether pods may start: none after Terminate, only those of the exit handler after Stop. */
  mayStart(onExit: boolean): boolean {
    if (this.spec.shutdown === "Terminate") return false;
    if (this.spec.shutdown === "Stop") return onExit;
    return true;
  }

  /** Requests a pass at a time in epoch milliseconds, rounded up to a whole one after the time of this pass. */
  wake(moment: number): void {
    const at = Math.max(Math.ceil(moment), this.now.getTime() + 1);
    if (Number.isNaN(new Date(at).getTime())) throw new RangeError(`${moment} is not a valid time to wake at`);
    if (this.wakeAt === undefined || at < this.wakeAt) this.wakeAt = at;
  }

  get(id: string): NodeStatus | undefined {
    return this.nodes.get(id);
  }

  named(name: string): NodeStatus | undefined {
    return this.nodes.get(nodeId(this.name, name));
  }

  children(node: NodeStatus): NodeStatus[] {
    return (node.children ?? []).flatMap((id) => this.nodes.get(id) ?? []);
  }

  /** The attempts of a Retry node. */
  attempts(node: NodeStatus): NodeStatus[] {
    return this.children(node).filter((child) => child.nodeFlag?.retried);
  }

  /** The node whose outputs count: of a Retry node its last attempt. */
  effective(node: NodeStatus): NodeStatus {
    return node.type === "Retry" ? (this.attempts(node).at(-1) ?? node) : node;
  }

  create(name: string, init: NewNode): NodeStatus {
    const now = timestamp(this.now);
    const boundary = init.boundary === undefined ? undefined : this.nodes.get(init.boundary);
    const node: NodeStatus = {
      id: nodeId(this.name, name),
      name,
      displayName: displayName(name, boundary?.name),
      type: init.type,
      phase: init.phase,
      startedAt: now,
      templateScope: scopeOf(init.base),
    };
    if (init.call?.template) node.templateName = init.call.template;
    if (init.call?.templateRef) node.templateRef = init.call.templateRef;
    if (init.boundary !== undefined) node.boundaryID = init.boundary;
    if (init.flag) node.nodeFlag = init.flag;
    if (init.message) node.message = init.message;
    if (init.inputs?.parameters?.length) node.inputs = init.inputs;
    if (init.outputs) node.outputs = init.outputs;
    if (isFulfilled(init.phase)) node.finishedAt = now;
    this.#replace(node);
    return node;
  }

  /** Replaces some fields of a node; undefined removes a field. A node that has ended keeps its phase. */
  update(node: NodeStatus, fields: Partial<NodeStatus>): NodeStatus {
    const current = this.nodes.get(node.id) ?? node;
    if (isFulfilled(current.phase) && fields.phase !== undefined && fields.phase !== current.phase) return current;
    const entries = Object.entries(fields).filter(
      ([field, value]) => JSON.stringify(current[field as keyof NodeStatus]) !== JSON.stringify(value),
    );
    if (entries.length === 0) return current;
    const next = { ...current, ...Object.fromEntries(entries) };
    for (const [field, value] of entries) if (value === undefined) delete next[field as keyof NodeStatus];
    this.#replace(next);
    return next;
  }

  /** Sets a node's phase, and its message where one is given. */
  mark(node: NodeStatus, phase: Phase, message?: string): NodeStatus {
    const current = this.nodes.get(node.id) ?? node;
    const fields: Partial<NodeStatus> = { phase };
    if (message !== undefined) fields.message = message || undefined;
    if (isFulfilled(phase) && !current.finishedAt) fields.finishedAt = timestamp(this.now);
    return this.update(current, fields);
  }

  link(parent: NodeStatus, child: string): void {
    const current = this.nodes.get(parent.id) ?? parent;
    const children = current.children ?? [];
    if (children.includes(child)) return;
    this.nodes.set(parent.id, { ...current, children: [...children, child] });
    this.revision++;
  }

  /** Whether a node belongs to the workflow's exit handler, which runs in spite of Stop and deadlines. */
  isExit(node: NodeStatus): boolean {
    for (let current: NodeStatus | undefined = node; current; ) {
      if (current.name.endsWith(".onExit")) return true;
      current = current.boundaryID === undefined ? undefined : this.nodes.get(current.boundaryID);
    }
    return false;
  }
}
