// A workload with a Workflow: what its status takes from it, the deadlines, the gate, and how a run ends.

import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { GATE } from "@agentic/api/template.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { CONDITIONS, type Draft } from "./draft.ts";
import {
  confidenceOf,
  decidedApproval,
  gatePatch,
  gateQuestion,
  personsVerdict,
  type Verdict,
  waitingApproval,
} from "./gate.ts";
import { artifactsOf, countNodes, currentNode, gateMs, isDone, isGate, isLeaf, nodesOf, startOf } from "./nodes.ts";
import { jobIdOf } from "./parameters.ts";
import { policyDown, start } from "./start.ts";
import { durationMs, parseTime, timestamp } from "./time.ts";
import type { Decision } from "./types.ts";
import { attemptOf, executionMs } from "./workflow.ts";

/** Decides on a workload by its present run. */
export function follow(draft: Draft, run: Workflow): Decision {
  const nodes = nodesOf(run);
  mirror(draft, run, nodes);
  if (isOver(run)) return over(draft, run, nodes);

  const gate = nodes.find((node) => isGate(node) && !isDone(node));
  const stopping = run.spec.shutdown !== undefined && run.spec.shutdown !== "";
  if (stopping) return draft.phase(draft.status.phase ?? "Running", stopReason(run)?.message ?? "being stopped").done();

  const late = deadline(draft, run, nodes, gate);
  if (late) return late;
  const suspend = draft.world.workload.spec.suspend ?? false;
  if (suspend !== (run.spec.suspend ?? false)) {
    draft.event("Normal", suspend ? "Suspended" : "Resumed", suspend ? "no more steps start" : "steps start again");
    draft.act(patch(run, "suspend", { spec: { suspend: suspend || null } }));
  }
  if (gate) return atGate(draft, run, gate, suspend);
  if (suspend) return draft.phase("Running", "suspended by spec.suspend: no more steps start").done();
  if (!hasStarted(run)) return draft.phase("Pending", run.status?.message || "the Workflow waits for its start").done();
  const step = draft.status.currentNode;
  return draft.phase("Running", step ? `running: ${step}` : "running").done();
}

/** Whether the Workflow has ended. */
export function isOver(run: Workflow): boolean {
  return ["Succeeded", "Failed", "Error"].includes(run.status?.phase ?? "");
}

function hasStarted(run: Workflow): boolean {
  return !["", "Pending"].includes(run.status?.phase ?? "");
}

/** Copies into the status what the Workflow says. */
function mirror(draft: Draft, run: Workflow, nodes: WorkflowNode[]): void {
  const { status } = draft;
  const { name, namespace = "", uid = "", creationTimestamp } = run.metadata;
  if (status.argoWorkflow?.uid !== uid) {
    draft.event("Normal", "WorkflowCreated", `made Workflow ${name}`);
    delete status.approval;
  }
  draft.setCondition(
    CONDITIONS.accepted,
    "True",
    "Started",
    "valid, allowed by policy, and handed to the workflow engine",
  );
  status.argoWorkflow = { name, namespace, uid, ...(creationTimestamp ? { createdAt: creationTimestamp } : {}) };
  const attempt = attemptOf(run);
  if (attempt > 0) status.attempt = attempt;
  status.argoPhase = argoPhase(run, nodes);
  const current = currentNode(nodes);
  if (current) status.currentNode = current;
  else delete status.currentNode;
  if (nodes.length > 0) status.nodes = countNodes(nodes);
  const artifacts = { ...status.workflowArtifacts, ...artifactsOf(nodes) };
  if (Object.keys(artifacts).length > 0) status.workflowArtifacts = artifacts;
  const startedAt = hasStarted(run) ? startOf(run, nodes) : undefined;
  if (startedAt !== undefined) status.startedAt ??= timestamp(startedAt);
  const decided = nodes.filter((node) => isGate(node) && isDone(node)).at(-1);
  if (decided) gateDecided(draft, decided);
}

function argoPhase(run: Workflow, nodes: WorkflowNode[]) {
  const phase = run.status?.phase;
  if (phase === "Succeeded" || phase === "Failed" || phase === "Error") return phase;
  if (!hasStarted(run)) return "Pending";
  const suspended = run.spec.suspend || nodes.some((node) => node.type === "Suspend" && !isDone(node));
  return suspended ? "Suspended" : "Running";
}

function gateDecided(draft: Draft, gate: WorkflowNode): void {
  const approval = decidedApproval(gate);
  draft.status.approval = approval;
  const approved = approval.decision === GATE.approve;
  const message = `${approved ? "approved" : "denied"} by ${approval.by}: ${approval.reason}`;
  const reason = approved ? "Approved" : approval.by === "timeout" ? "ApprovalTimeout" : "Denied";
  if (draft.setCondition(CONDITIONS.approved, approved ? "True" : "False", reason, message)) {
    draft.event(approved ? "Normal" : "Warning", reason, message);
  }
  if (draft.world.workload.metadata.annotations?.[ANNOTATIONS.approval] !== undefined)
    draft.act({ kind: "clearApproval" });
}

function atGate(draft: Draft, run: Workflow, gate: WorkflowNode, suspended: boolean): Decision {
  const { workload, answers, now } = draft.world;
  const decide = (verdict: Verdict) => {
    draft.phase("AwaitingApproval", `the gate is being decided: ${verdict.decision}`);
    const { decision } = verdict;
    return draft
      .act({ ...patch(run, "gate", {}), patch: gatePatch(run, gate, verdict, timestamp(now)), decision })
      .done();
  };
  const waitFor = (whom: string, more: { backoff?: boolean } = {}) => {
    draft.status.approval = waitingApproval(gate, whom);
    draft.setCondition(CONDITIONS.approved, "Unknown", "AwaitingApproval", whom);
    return draft.phase("AwaitingApproval", whom).done(more);
  };
  if (suspended) return waitFor("suspended by spec.suspend at the approval gate");

  if ((workload.spec.approval?.mode ?? DEFAULTS.mode) === "manual") {
    const verdict = personsVerdict(workload);
    if (verdict === "invalid") {
      draft.event(
        "Warning",
        "InvalidApproval",
        `${ANNOTATIONS.approval} must be approve or deny, with ${ANNOTATIONS.approvedBy}`,
      );
      draft.act({ kind: "clearApproval" });
    } else if (verdict) return decide(verdict);
    const confidence = confidenceOf(gate);
    const about = confidence === undefined ? "" : ` (the analysis's confidence is ${confidence})`;
    return waitFor(`waits for a person to set ${ANNOTATIONS.approval}${about}`);
  }
  if (!answers.gate) return draft.done({ ask: gateQuestion(workload, jobIdOf(workload), gate) });
  if (!answers.gate.ok) {
    policyDown(draft, answers.gate.error);
    return waitFor(`the policy engine doesn't answer (${answers.gate.error}); unanswered means denied`, {
      backoff: true,
    });
  }
  const reason = answers.gate.reasons.join("; ") || "no reason given";
  return decide({ decision: answers.gate.allow ? GATE.approve : GATE.deny, by: "opa", reason });
}

/** Ends a run that takes too long to start or to finish; time at the gate doesn't count. */
function deadline(draft: Draft, run: Workflow, nodes: WorkflowNode[], gate: WorkflowNode | undefined) {
  const { workload, now } = draft.world;
  // A suspended Workflow takes no stop; the deadline is enforced when it goes on.
  if (workload.spec.suspend || run.spec.suspend) return undefined;
  if (!hasStarted(run)) {
    const limit = workload.spec.timeouts?.pending ?? DEFAULTS.pending;
    const end = (parseTime(run.metadata.creationTimestamp) ?? now) + durationMs(limit);
    if (now >= end) return stop(draft, run, "PendingTimeout", `no step started within ${limit} (timeouts.pending)`);
    draft.wakeAt(end);
    return undefined;
  }
  const started = startOf(run, nodes);
  if (gate || started === undefined) return undefined;
  const end = started + executionMs(workload) + gateMs(nodes);
  if (now >= end) {
    const limit = workload.spec.timeouts?.execution ?? DEFAULTS.execution;
    const where = draft.status.currentNode ? `, at step ${draft.status.currentNode}` : "";
    return stop(draft, run, "DeadlineExceeded", `the steps took longer than ${limit} (timeouts.execution)${where}`);
  }
  draft.wakeAt(end);
  return undefined;
}

function stop(draft: Draft, run: Workflow, reason: string, message: string): Decision {
  const annotations = { [ANNOTATIONS.stopReason]: `${reason}: ${message}` };
  draft.event("Warning", reason, message);
  draft.act(patch(run, "stop", { metadata: { annotations }, spec: { shutdown: "Terminate" } }));
  return draft.phase(draft.status.phase ?? "Running", message).done();
}

function stopReason(run: Workflow): { reason: string; message: string } | undefined {
  const [, reason, message] = /^(\w+): (.*)$/s.exec(run.metadata.annotations?.[ANNOTATIONS.stopReason] ?? "") ?? [];
  return reason && message ? { reason, message } : undefined;
}

function patch(run: Workflow, why: "gate" | "stop" | "suspend", body: { metadata?: object; spec?: object }) {
  const metadata = { ...body.metadata, resourceVersion: run.metadata.resourceVersion };
  return { kind: "patch" as const, workflow: run.metadata.name, why, patch: { ...body, metadata } };
}

/** A run that has ended: the workload is done too, unless it is tried again. */
function over(draft: Draft, run: Workflow, nodes: WorkflowNode[]): Decision {
  const { status } = draft;
  if (status.approval?.decision === GATE.deny) {
    const by = status.approval.by === "timeout" ? "nobody approved in time" : `denied by ${status.approval.by}`;
    return draft.finish("Denied", "Denied", `${by}: ${status.approval.reason}`).done();
  }
  if (run.status?.phase === "Succeeded") return draft.finish("Completed", "Completed", "every step is done").done();
  const stopped = stopReason(run);
  if (stopped) return draft.finish("Failed", stopped.reason, stopped.message).done();
  const message = failure(run, nodes);
  if (/deadline/i.test(run.status?.message ?? "")) return draft.finish("Failed", "DeadlineExceeded", message).done();
  return again(draft, attemptOf(run), parseTime(run.status?.finishedAt) ?? draft.world.now, "WorkflowFailed", message);
}

/** Starts the next run after its wait, or fails for good. */
function again(draft: Draft, attempt: number, endedAt: number, reason: string, message: string): Decision {
  const { retry } = draft.world.workload.spec;
  const limit = retry?.limit ?? 0;
  if (attempt >= limit) {
    const tries = limit > 0 ? ` (run ${attempt + 1} of ${limit + 1})` : "";
    return draft.finish("Failed", reason, `${message}${tries}`).done();
  }
  const due = endedAt + durationMs(retry?.backoff ?? DEFAULTS.backoff) * 2 ** attempt;
  if (draft.world.now >= due) return start(draft, attempt + 1, due);
  const next = `run ${attempt + 1} of ${limit + 1} failed: ${message}; the next starts at ${timestamp(due)}`;
  if (draft.status.message !== next) draft.event("Warning", "Retrying", next);
  return draft.phase("Pending", next).wakeAt(due).done();
}

/** Why a Workflow failed: the step that did, in the words of its last attempt. */
function failure(run: Workflow, nodes: WorkflowNode[]): string {
  const failed = nodes.filter(({ phase }) => phase === "Failed" || phase === "Error");
  const step =
    failed.find((node) => (isLeaf(node) || node.type === "Retry") && !node.nodeFlag?.retried) ??
    failed.find(({ name }) => name !== run.metadata.name);
  if (!step) return cut(clean(run.status?.message || `the Workflow ended as ${run.status?.phase}`), 1024);
  const attempt = failed.filter(({ name }) => step.type === "Retry" && name.startsWith(`${step.name}(`)).at(-1);
  return cut(clean(`step ${step.displayName}: ${attempt?.message || step.message || "failed"}`), 1024);
}
