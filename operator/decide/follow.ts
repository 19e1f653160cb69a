// A workload that has a Workflow: copies the Workflow's state into the status, and decides what to do while it runs.

import { timestamp } from "@agentic/api/times.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { atGate, gateDone } from "./at-gate.ts";
import { noteBudget } from "./budget.ts";
import { statusCost } from "./cost.ts";
import { noteTightTime, overdue, resumePatch, suspendPatch } from "./deadlines.ts";
import { CONDITIONS, type Draft } from "./draft.ts";
import { concludeRun, stop, stopReason } from "./ending.ts";
import { artifactsOf, artifactTotal, countNodes, currentNode, isDone, isGate, nodesOf, startOf } from "./nodes.ts";
import { logsUri } from "./parameters.ts";
import { specChange } from "./started-with.ts";
import { noteRetries, runningText } from "./step-retries.ts";
import { noteSuspension } from "./suspension.ts";
import type { Decision } from "./types.ts";
import { attemptOf } from "./workflow.ts";

/** Decides on a workload that has a run. */
export function follow(draft: Draft, run: Workflow): Decision {
  const nodes = nodesOf(run);
  mirror(draft, run, nodes);
  if (isOver(run)) return concludeRun(draft, run, nodes);

  noteTightTime(draft);
  noteBudget(draft);
  const suspended = run.spec.suspend ?? false;
  noteSuspension(draft, suspended);
  const gate = nodes.find((node) => isGate(node) && !isDone(node));
  const suspend = draft.observed.workload.spec.suspend ?? false;
  if (run.spec.shutdown) {
    // An engine doesn't stop a Workflow that is suspended.
    if (suspended) resume(draft, run, gate);
    return draft.phase(draft.status.phase ?? "Running", stopReason(run)?.message ?? "being stopped").done();
  }
  const change = gate ? undefined : specChange(run, draft.observed.workload);
  if (change) return stop(draft, run, { reason: "SpecChanged", message: change });
  const overdueBy = overdue(draft, run, nodes);
  if (overdueBy) return stop(draft, run, overdueBy);
  if (suspend && !suspended) {
    draft.event("Normal", "Suspended", "no more steps start");
    patch(draft, run, suspendPatch());
  } else if (suspended && !suspend) {
    draft.event("Normal", "Resumed", "steps start again");
    resume(draft, run, gate);
  }
  if (gate) return atGate(draft, run, { gate, evidence: artifactTotal(nodes)?.digests ?? {} });
  if (suspend) return draft.phase("Running", "suspended by spec.suspend: no more steps start").done();
  if (!hasStarted(run)) return draft.phase("Pending", run.status?.message || "the Workflow waits for its start").done();
  return draft.phase("Running", runningText(draft, nodes)).done();
}

function resume(draft: Draft, run: Workflow, gate: WorkflowNode | undefined): void {
  patch(draft, run, resumePatch(draft, run, gate));
}

function patch(draft: Draft, run: Workflow, body: object): void {
  const { name, resourceVersion } = run.metadata;
  draft.act({ kind: "patch", workflow: name, why: "suspend", patch: { ...body, metadata: { resourceVersion } } });
}

/** Whether the Workflow has ended. */
export function isOver(run: Workflow): boolean {
  return ["Succeeded", "Failed", "Error"].includes(run.status?.phase ?? "");
}

function hasStarted(run: Workflow): boolean {
  return !["", "Pending"].includes(run.status?.phase ?? "");
}

/** Copies the Workflow's state into the workload's status. */
function mirror(draft: Draft, run: Workflow, nodes: WorkflowNode[]): void {
  const { status } = draft;
  const { name, namespace = "", uid = "", creationTimestamp } = run.metadata;
  if (status.argoWorkflow?.uid !== uid) {
    draft.event("Normal", "WorkflowCreated", `made Workflow ${name}`);
    delete status.approval;
    delete status.suspension;
    delete status.stepRetries;
  }
  // After a run has ended, the condition says what the next run waits for.
  if (!isOver(run) || !draft.condition(CONDITIONS.accepted)) {
    const message = "valid, allowed by policy, and handed to the workflow engine";
    draft.setCondition(CONDITIONS.accepted, "True", "Started", message);
  }
  status.argoWorkflow = { name, namespace, uid, ...(creationTimestamp ? { createdAt: creationTimestamp } : {}) };
  const attempt = attemptOf(run);
  if (attempt > 0) status.attempt = attempt;
  status.argoPhase = argoPhase(run, nodes);
  const current = currentNode(nodes);
  if (current) status.currentNode = current;
  else delete status.currentNode;
  if (nodes.length > 0) status.nodes = countNodes(nodes);
  noteRetries(draft, run, nodes);
  const artifacts = { ...status.workflowArtifacts, ...artifactsOf(nodes) };
  const named = Object.keys(artifacts).length;
  if (named > 0) status.workflowArtifacts = artifacts;
  const artifactCount = artifactTotal(nodes);
  if (artifactCount) {
    const { total, manifests, digests } = artifactCount;
    status.artifacts = {
      total: Math.max(total, named),
      named,
      ...(Object.keys(manifests).length > 0 ? { manifests } : {}),
      ...(Object.keys(digests).length > 0 ? { digests } : {}),
    };
  }
  const startedAt = hasStarted(run) ? startOf(run, nodes) : undefined;
  if (startedAt !== undefined) {
    status.startedAt ??= timestamp(startedAt);
    status.logs ??= logsUri(draft.observed.workload, draft.observed.tenant);
  }
  const { prices, runs, workload, spent } = draft.observed;
  const cost = prices && statusCost(runs, workload.metadata.uid ?? "", prices, { spent });
  if (cost) status.cost = cost;
  const decidedGate = nodes.filter((node) => isGate(node) && isDone(node)).at(-1);
  if (decidedGate) gateDone(draft, decidedGate);
}

function argoPhase(run: Workflow, nodes: WorkflowNode[]) {
  const phase = run.status?.phase;
  if (phase === "Succeeded" || phase === "Failed" || phase === "Error") return phase;
  if (!hasStarted(run)) return "Pending";
  const suspended = run.spec.suspend || nodes.some((node) => node.type === "Suspend" && !isDone(node));
  return suspended ? "Suspended" : "Running";
}
