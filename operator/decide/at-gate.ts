// A run that waits at the approval gate: asks the policy engine or waits for a person, and records the answer.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { type Evidence, GATE } from "@agentic/api/template.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { CONDITIONS, type Draft } from "./draft.ts";
import {
  approvalMessage,
  confidenceOf,
  decidedApproval,
  gatePatch,
  gateQuestion,
  personsVerdict,
  type Verdict,
  waitingApproval,
} from "./gate.ts";
import { jobIdOf } from "./parameters.ts";
import { policyDown } from "./start.ts";
import { refusalAtGate } from "./started-with.ts";
import { timestamp } from "./time.ts";
import type { Decision } from "./types.ts";

export interface WaitingGate {
  gate: WorkflowNode;
  /** What the steps before it have written. */
  evidence: Evidence;
}

/** Decides on a gate that has no answer yet. */
export function atGate(draft: Draft, run: Workflow, { gate, evidence }: WaitingGate): Decision {
  const { workload, tenant, answers, now } = draft.observed;
  const decide = (verdict: Verdict) => {
    draft.phase("AwaitingApproval", `the gate is being decided: ${verdict.decision}`);
    const { decision } = verdict;
    const patch = gatePatch(run, gate, { ...verdict, evidence, at: timestamp(now) });
    return draft.act({ kind: "patch", workflow: run.metadata.name, why: "gate", patch, decision }).done();
  };
  const waitFor = (whom: string, more: { backoff?: boolean } = {}) => {
    draft.status.approval = waitingApproval(gate, whom, evidence);
    draft.setCondition(CONDITIONS.approved, "Unknown", "AwaitingApproval", whom);
    return draft.phase("AwaitingApproval", whom).done(more);
  };
  if (workload.spec.suspend) return waitFor("suspended by spec.suspend at the approval gate");

  const refusal = refusalAtGate(run, workload, tenant);
  if (refusal) return decide({ decision: GATE.deny, by: "operator", reason: refusal });

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

/** Copies the result of a gate that is done into the status. */
export function gateDone(draft: Draft, gate: WorkflowNode): void {
  const { workload } = draft.observed;
  const approval = decidedApproval(gate);
  draft.status.approval = approval;
  const approved = approval.decision === GATE.approve;
  const reasons = { approve: "Approved", deny: approval.by === "timeout" ? "ApprovalTimeout" : "Denied", pending: "" };
  const reason = approval.decision ? reasons[approval.decision] : "NotAnswered";
  const message = approvalMessage(workload, approval);
  const changed = draft.setCondition(CONDITIONS.approved, approved ? "True" : "False", reason, message);
  // Where the run ended without an answer, the event about its end says so.
  if (changed && approval.decision) draft.event(approved ? "Normal" : "Warning", reason, message);
  if (workload.metadata.annotations?.[ANNOTATIONS.approval] !== undefined) draft.act({ kind: "clearApproval" });
}
