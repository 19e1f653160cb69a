// One pass over a running workflow: its entrypoint, its exit handler, its end.
import { failureMessage } from "./cause.ts";
import { collectPods, endLeftovers, expiresAt } from "./collect.ts";
import { resolveSpec, withArguments } from "./exec-spec.ts";
import { execute } from "./execute.ts";
import { anyString, failuresOf, globalLookup } from "./globals.ts";
import { DEADLINE_SECONDS, parseInteger } from "./integer.ts";
import { labels, onExitName } from "./names.ts";
import { podRunning } from "./observe.ts";
import { isFailure, isFulfilled, Operation } from "./operation.ts";
import { withProgress } from "./progress.ts";
import { type Advance, isOver, upsert } from "./result.ts";
import { type Base, Templates } from "./templates.ts";
import { parseTimestamp, timestamp } from "./time.ts";
import type { Library, NodeStatus, Workflow, WorkflowSpec, WorkflowStatus } from "./types.ts";

export class Pass {
  readonly workflow: Workflow;
  readonly now: Date;
  readonly status: WorkflowStatus;
  readonly op: Operation;
  /** The spec to store in the status. */
  readonly stored: WorkflowSpec | undefined;
  /** The value of `{{workflow.failures}}`. */
  failures: string | undefined;
  /** The value of `{{workflow.status}}`. */
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
    const started = parseTimestamp(this.status.startedAt, "status.startedAt");
    const run = () => ({
      status: this.workflowStatus,
      seconds: ((status.finishedAt ? Date.parse(status.finishedAt) : now.getTime()) - started) / 1000,
      ...(this.failures === undefined ? {} : { failures: this.failures }),
    });
    const { activeDeadlineSeconds } = spec;
    const limit =
      activeDeadlineSeconds === undefined
        ? undefined
        : parseInteger(activeDeadlineSeconds, "spec.activeDeadlineSeconds", DEADLINE_SECONDS);
    this.op = new Operation({
      workflow,
      spec,
      now,
      nodes: status.nodes ?? {},
      templates: new Templates(spec, library, status.storedTemplates ?? {}),
      globals: globalLookup(workflow, spec, run),
      deadline: limit === undefined ? undefined : started + limit * 1000,
    });
  }

  get base(): Base {
    return { scope: "local", resource: this.workflow.spec.workflowTemplateRef ? "" : this.workflow.metadata.name };
  }

  /** Runs everything that can run now: a call that had to wait may begin when another one ends in the same pass. */
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
    if (isFailure(root.phase))
      this.finish(root.phase, shutdown ? `Stopped with strategy '${shutdown}'` : failureMessage(this.op, root));
    else if (exit && isFailure(exit.phase)) this.finish(exit.phase, failureMessage(this.op, exit));
    else this.finish("Succeeded");
  }

  finish(phase: string, message?: string): void {
    endLeftovers(this.op, this.op.pods.values());
    this.status.phase = phase;
    if (message) this.status.message = message;
    else delete this.status.message;
    this.status.finishedAt = timestamp(this.now);
  }

  result(
    isFirst: boolean,
    extra: { labels?: Record<string, string>; annotations?: Record<string, string> } = {},
  ): Advance {
    const { op, status, workflow } = this;
    const over = isOver(status.phase);
    // A workflow that was refused has no nodes.
    const hasNodes = op.nodes.size > 0;
    if (hasNodes)
      status.conditions = upsert(status.conditions, { type: "PodRunning", status: podRunning(op) ? "True" : "False" });
    if (over) status.conditions = upsert(status.conditions, { type: "Completed", status: "True" });
    const { nodes, progress } = withProgress(op.nodes);
    if (hasNodes) {
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
    const differs = (next: Record<string, string>, current: Record<string, string> | undefined) =>
      Object.entries(next).some(([key, value]) => current?.[key] !== value);
    const changed =
      op.changed ||
      isFirst ||
      op.templates.hasNew ||
      JSON.stringify({ ...status, nodes: null, storedTemplates: null, storedWorkflowTemplateSpec: null }) !==
        JSON.stringify({ ...workflow.status, nodes: null, storedTemplates: null, storedWorkflowTemplateSpec: null }) ||
      differs(newLabels, workflow.metadata.labels) ||
      differs(newAnnotations, workflow.metadata.annotations);
    return {
      status,
      labels: newLabels,
      annotations: newAnnotations,
      podsToCreate: over ? [] : [...op.podsToCreate.values()],
      podsToDelete: [...op.podsToDelete],
      podsCompleted: completed,
      logsNeeded: [...op.logsNeeded],
      ...(op.wakeAt === undefined ? {} : { wakeAt: new Date(op.wakeAt) }),
      changed,
      expired: false,
    };
  }
}
