// The engine's core: from a workflow and its pods to what is next. No I/O, no clock, no memory; nothing given is changed.
import { checkWorkflow } from "./check.ts";
import { collectPods, expiresAt, leftOver } from "./collect.ts";
import { applyControl } from "./control.ts";
import { execute } from "./execute.ts";
import { anyString, failuresOf, globalLookup } from "./globals.ts";
import { joinSpecs } from "./merge.ts";
import { annotations, labels, onExitName } from "./names.ts";
import { observePods, podRunning } from "./observe.ts";
import { isFailure, isFulfilled, Operation } from "./operation.ts";
import { withProgress } from "./progress.ts";
import { type Lookup, substituteIn } from "./substitute.ts";
import { type Base, Templates } from "./templates.ts";
import { timestamp } from "./time.ts";
import {
  type Condition,
  emptyLibrary,
  type Library,
  type NodeStatus,
  type Pod,
  SpecError,
  type Workflow,
  type WorkflowSpec,
  type WorkflowStatus,
} from "./types.ts";

export interface Advance {
  status: WorkflowStatus;
  /** Labels and annotations of the workflow to set. */
  labels: Record<string, string>;
  annotations: Record<string, string>;
  podsToCreate: Pod[];
  /** Names of pods. */
  podsToDelete: string[];
  /** Names of pods whose node is over, to be labelled so. */
  podsCompleted: string[];
  /** Names of pods whose log is needed: call again with their `logs`. */
  logsNeeded: string[];
  /** When something is due without an event. */
  wakeAt?: Date;
  /** Whether status, labels or annotations differ from the workflow's. */
  changed: boolean;
  /** Whether the workflow has outlived its ttlStrategy and is to be deleted. */
  expired: boolean;
}

export const isOver = (phase: string | undefined) => phase === "Succeeded" || phase === "Failed" || phase === "Error";

function upsert(conditions: Condition[] | undefined, ...news: Condition[]): Condition[] {
  const result = [...(conditions ?? [])];
  for (const condition of news) {
    const index = result.findIndex(({ type }) => type === condition.type);
    if (index < 0) result.push(condition);
    else result[index] = condition;
  }
  return result;
}

/** The spec that runs: the workflow's own, or its WorkflowTemplate's with the workflow's on top, kept from the start. */
function resolveSpec(workflow: Workflow, library: Library): { spec: WorkflowSpec; stored?: WorkflowSpec } {
  const { spec, status } = workflow;
  const reference = spec.workflowTemplateRef;
  if (!reference) return { spec };
  const live = {
    ...(spec.suspend === undefined ? {} : { suspend: spec.suspend }),
    ...(spec.shutdown ? { shutdown: spec.shutdown } : {}),
  };
  const kept = status?.storedWorkflowTemplateSpec;
  if (kept) {
    const { suspend: _, shutdown: __, ...rest } = kept;
    return { spec: { ...rest, ...live }, stored: kept };
  }
  const template = reference.clusterScope
    ? library.clusterWorkflowTemplate(reference.name)
    : library.workflowTemplate(reference.name);
  if (!template)
    throw new SpecError(
      `spec.workflowTemplateRef.name: ${reference.clusterScope ? "cluster " : ""}workflow template ${reference.name} not found`,
    );
  const joined = joinSpecs(spec, template.spec);
  return { spec: joined, stored: joined };
}

/** Arguments may use the workflow's own name and the like; anything else in braces there is the user's text. */
function withArguments(workflow: Workflow, spec: WorkflowSpec): WorkflowSpec {
  const parameters = spec.arguments?.parameters;
  if (!parameters?.some(({ value }) => typeof value === "string" && value.includes("{{"))) return spec;
  const globals = globalLookup(workflow, { ...spec, arguments: {} }, () => ({ status: "", seconds: 0 }));
  const lenient: Lookup = (name) => globals(name) ?? `{{${name}}}`;
  return { ...spec, arguments: { ...spec.arguments, parameters: substituteIn(parameters, lenient) } };
}

class Pass {
  readonly workflow: Workflow;
  readonly now: Date;
  readonly status: WorkflowStatus;
  readonly op: Operation;
  readonly stored: WorkflowSpec | undefined;
  failures: string | undefined;
  workflowStatus: string;

  constructor(workflow: Workflow, now: Date, library: Library) {
    this.workflow = workflow;
    this.now = now;
    const resolved = resolveSpec(workflow, library);
    const spec = withArguments(workflow, resolved.spec);
    this.stored = resolved.stored;
    const status = workflow.status ?? {};
    this.status = { ...status, phase: status.phase || "Running", startedAt: status.startedAt ?? timestamp(now) };
    this.workflowStatus = this.status.phase ?? "Running";
    const started = Date.parse(this.status.startedAt ?? "");
    const run = () => ({
      status: this.workflowStatus,
      seconds: ((status.finishedAt ? Date.parse(status.finishedAt) : now.getTime()) - started) / 1000,
      ...(this.failures === undefined ? {} : { failures: this.failures }),
    });
    const deadline = spec.activeDeadlineSeconds;
    this.op = new Operation({
      workflow,
      spec,
      now,
      nodes: status.nodes ?? {},
      templates: new Templates(spec, library, status.storedTemplates ?? {}),
      globals: globalLookup(workflow, spec, run),
      deadline: deadline === undefined ? undefined : started + deadline * 1000,
    });
  }

  get base(): Base {
    return { scope: "local", resource: this.workflow.spec.workflowTemplateRef ? "" : this.workflow.metadata.name };
  }

  /** Runs all that can run now: a call that had to wait may begin as soon as another ends in the same pass. */
  run(): void {
    const { op } = this;
    for (;;) {
      const before = op.revision;
      op.deferred = false;
      this.runOnce();
      if (!op.deferred || op.revision === before || isOver(this.status.phase)) return;
    }
  }

  /** Runs the entrypoint and, when that is over, the exit handler. */
  runOnce(): void {
    const { op } = this;
    const args = () =>
      new Map(
        (op.spec.arguments?.parameters ?? []).flatMap(({ name, value }) =>
          value === undefined ? [] : [[name, anyString(value)] as const],
        ),
      );
    const root = execute(op, {
      name: op.name,
      call: { template: op.spec.entrypoint ?? "" },
      base: this.base,
      args,
      depth: 0,
    });
    if (root.error) {
      this.finish("Error", `error in entry template execution: ${root.error}`);
      return;
    }
    if (!root.node || !isFulfilled(root.node.phase)) return;
    this.workflowStatus = isFailure(root.node.phase) ? root.node.phase : "Succeeded";
    this.failures = failuresOf(op.name, op.nodes.values());

    let exit: NodeStatus | undefined;
    const handler = op.spec.onExit;
    const name = onExitName(op.name);
    if (handler && (op.named(name) || op.mayStart(true))) {
      const outcome = execute(op, {
        name,
        call: { template: handler },
        base: this.base,
        args,
        onExit: true,
        flag: { hooked: true },
        depth: 0,
      });
      if (outcome.error) {
        this.finish("Error", `error in exit template execution : ${outcome.error}`);
        return;
      }
      if (!outcome.node || !isFulfilled(outcome.node.phase)) return;
      exit = outcome.node;
    }
    this.conclude(root.node, exit);
  }

  conclude(root: NodeStatus, exit: NodeStatus | undefined): void {
    const { shutdown } = this.op.spec;
    if (isFailure(root.phase)) this.finish(root.phase, shutdown ? `Stopped with strategy '${shutdown}'` : root.message);
    else if (exit && isFailure(exit.phase)) this.finish(exit.phase, exit.message);
    else this.finish("Succeeded");
  }

  finish(phase: string, message?: string): void {
    leftOver(this.op, this.op.pods.values());
    this.status.phase = phase;
    if (message) this.status.message = message;
    else delete this.status.message;
    this.status.finishedAt = timestamp(this.now);
  }

  result(
    first: boolean,
    extra: { labels?: Record<string, string>; annotations?: Record<string, string> } = {},
  ): Advance {
    const { op, status, workflow } = this;
    const over = isOver(status.phase);
    // A workflow refused at once never had pods to speak of.
    const ran = op.nodes.size > 0;
    if (ran)
      status.conditions = upsert(status.conditions, { type: "PodRunning", status: podRunning(op) ? "True" : "False" });
    if (over) status.conditions = upsert(status.conditions, { type: "Completed", status: "True" });
    const { nodes, progress } = withProgress(op.nodes);
    if (ran) {
      status.nodes = Object.fromEntries(nodes);
      status.progress = progress;
    }
    if (op.templates.stored.size > 0) status.storedTemplates = Object.fromEntries(op.templates.stored);
    if (this.stored) status.storedWorkflowTemplateSpec = this.stored;

    const newLabels: Record<string, string> = {
      ...extra.labels,
      [labels.phase]: status.phase ?? "Running",
      [labels.completed]: String(over),
    };
    const newAnnotations: Record<string, string> = { ...extra.annotations };
    const reference = workflow.spec.workflowTemplateRef;
    if (reference)
      newLabels[reference.clusterScope ? labels.clusterWorkflowTemplate : labels.workflowTemplate] = reference.name;
    const { completed } = collectPods(op, status.phase, status.finishedAt);
    const expiry = over ? expiresAt(status, op.spec) : undefined;
    if (expiry !== undefined) op.wake(expiry);
    const differs = (mine: Record<string, string>, theirs: Record<string, string> | undefined) =>
      Object.entries(mine).some(([key, value]) => theirs?.[key] !== value);
    const changed =
      op.changed ||
      first ||
      op.templates.stale ||
      JSON.stringify({ ...status, nodes: null, storedTemplates: null, storedWorkflowTemplateSpec: null }) !==
        JSON.stringify({ ...workflow.status, nodes: null, storedTemplates: null, storedWorkflowTemplateSpec: null }) ||
      differs(newLabels, workflow.metadata.labels) ||
      differs(newAnnotations, workflow.metadata.annotations);
    return {
      status,
      labels: newLabels,
      annotations: newAnnotations,
      podsToCreate: over ? [] : [...op.creates.values()],
      podsToDelete: [...op.deletes],
      podsCompleted: completed,
      logsNeeded: [...op.logsNeeded],
      ...(op.wakeAt === undefined ? {} : { wakeAt: new Date(op.wakeAt) }),
      changed,
      expired: false,
    };
  }
}

/** A workflow that cannot run at all. */
function refuse(workflow: Workflow, now: Date, phase: "Failed" | "Error", message: string): Advance {
  const at = timestamp(now);
  return {
    status: {
      ...workflow.status,
      phase,
      message,
      startedAt: workflow.status?.startedAt ?? at,
      finishedAt: at,
      conditions: upsert(workflow.status?.conditions, { type: "Completed", status: "True" }),
    },
    labels: { [labels.phase]: phase, [labels.completed]: "true" },
    annotations: {},
    podsToCreate: [],
    podsToDelete: [],
    podsCompleted: [],
    logsNeeded: [],
    changed: true,
    expired: false,
  };
}

/** A finished workflow only waits for its pods and itself to be cleared away. */
function afterwards(pass: Pass): Advance {
  const { workflow, op, now } = pass;
  const { completed } = collectPods(op, workflow.status?.phase, workflow.status?.finishedAt);
  const expiry = expiresAt(workflow.status, op.spec);
  const expired = expiry !== undefined && now.getTime() >= expiry;
  if (expiry !== undefined && !expired) op.wake(expiry);
  return {
    status: workflow.status ?? {},
    labels: {},
    annotations: {},
    podsToCreate: [],
    podsToDelete: [...op.deletes],
    podsCompleted: completed,
    logsNeeded: [],
    ...(op.wakeAt === undefined ? {} : { wakeAt: new Date(op.wakeAt) }),
    changed: false,
    expired,
  };
}

function workflowMetadata(pass: Pass): { labels?: Record<string, string>; annotations?: Record<string, string> } {
  const metadata = pass.op.spec.workflowMetadata;
  const own = metadata ? substituteIn(metadata, pass.op.globals) : {};
  return {
    ...(own.labels ? { labels: own.labels } : {}),
    annotations: { ...own.annotations, [annotations.podNameFormat]: "v2" },
  };
}

/**
 * One step of a workflow: what its status becomes and which pods are to be made or deleted, given the pods that there
 * are. Calling again with the result and the pods that it asked for changes nothing. `library` holds the
 * WorkflowTemplates of the workflow's namespace and the cluster's.
 */
export function advance(workflow: Workflow, pods: readonly Pod[], now: Date, library: Library = emptyLibrary): Advance {
  const first = !workflow.status?.phase;
  let pass: Pass;
  let metadata: ReturnType<typeof workflowMetadata> = {};
  try {
    if (first) checkWorkflow(workflow, library);
    pass = new Pass(workflow, now, library);
    if (first) metadata = workflowMetadata(pass);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    if (isOver(workflow.status?.phase))
      return {
        ...refuse(workflow, now, "Error", error.message),
        status: workflow.status ?? {},
        labels: {},
        changed: false,
      };
    const unsupported = error.name === "Unsupported";
    return refuse(
      workflow,
      now,
      unsupported ? "Error" : "Failed",
      unsupported ? error.message : `invalid spec: ${error.message}`,
    );
  }
  const { op } = pass;
  if (isOver(workflow.status?.phase)) {
    for (const pod of pods) op.pods.set(pod.metadata.annotations?.[annotations.nodeId] ?? pod.metadata.name, pod);
    return afterwards(pass);
  }
  if (!first) {
    observePods(op, pods);
    applyControl(op);
  }
  // Argo ignores stop and terminate while a workflow is suspended; who stops it means it.
  if (!op.spec.suspend || op.spec.shutdown) pass.run();
  return pass.result(first, metadata);
}
