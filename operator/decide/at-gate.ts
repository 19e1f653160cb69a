// A run that waits at the approval gate: asks the policy engine or waits for a person, and records the answer.
import { isDeepStrictEqual } from "node:util";
import { type Changes, changesText } from "@agentic/api/changes.ts";
import { durationMs } from "@agentic/api/duration.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { type Evidence, GATE, PARAMETERS } from "@agentic/api/template.ts";
import { timestamp } from "@agentic/api/times.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import {
  type Answer,
  answersOf,
  INVALID_ANSWER,
  isEnough,
  peoplesPart,
  personsVerdict,
  waitsFor,
  withAnswer,
} from "./answers.ts";
import { changeableAt, changesBefore, changesPart, isRefused } from "./changes.ts";
import { CONDITIONS, type Draft } from "./draft.ts";
import {
  type Approval,
  approvalMessage,
  changesOf,
  confidenceOf,
  decidedApproval,
  gatePatch,
  gateQuestion,
  type Verdict,
  waitingApproval,
} from "./gate.ts";
import { jobIdOf } from "./parameters.ts";
import { openQuestion, questionsAt } from "./questions.ts";
import type { Span } from "./reminders.ts";
import { policyDown } from "./start.ts";
import { refusalAtGate } from "./started-with.ts";
import { parseTime } from "./time.ts";
import type { Decision, Question } from "./types.ts";

export interface WaitingGate {
  gate: WorkflowNode;
  /** What the steps before it have written. */
  evidence: Evidence;
}

interface Waiting {
  backoff?: boolean;
  /** What the approvals until now change. */
  changes?: Changes;
  answers?: readonly Answer[];
  ask?: Question;
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
  const isPersons = (workload.spec.approval?.mode ?? DEFAULTS.mode) === "manual";
  const span = workload.spec.suspend ? undefined : spanOf(draft, gate);
  const opinion = isPersons ? opinionOf(draft, evidence) : undefined;
  const { changeable, fault } = isPersons ? changeableAt(gate) : { changeable: {} };
  const waitFor = (whom: string, { answers, changes = changesBefore(draft), ...more }: Waiting = {}) => {
    const people = peoplesPart(draft, answers);
    draft.status.approval = {
      ...waitingApproval(gate, whom, evidence),
      ...(opinion ? { policy: opinion } : {}),
      ...people,
      ...(Object.keys(changeable).length > 0 ? { changeable } : {}),
      ...changesPart(changes, people),
      ...(span ? { expiresAt: timestamp(span.until) } : {}),
    };
    draft.setCondition(CONDITIONS.approved, "Unknown", "AwaitingApproval", whom);
    draft.phase("AwaitingApproval", whom);
    if (isPersons && span) draft.remind(span);
    return draft.done(more);
  };
  if (workload.spec.suspend) return waitFor("suspended by spec.suspend at the approval gate");

  const refusal = refusalAtGate(run, workload, tenant);
  if (refusal) return decide({ decision: GATE.deny, by: "operator", reason: refusal });

  if (isPersons) {
    const { questions, used } = questionsAt(draft);
    if (questions.length > 0) draft.status.approval = { ...draft.status.approval, questions: [...questions] };
    const said = personsVerdict(workload, tenant);
    if (said === "invalid") draft.event("Warning", "InvalidApproval", INVALID_ANSWER);
    const verdict = said === undefined || said === "invalid" || isRefused(draft, said, changeable) ? undefined : said;
    const before = answersOf(draft);
    const answers = verdict ? withAnswer(draft, { ...verdict, at: timestamp(now), evidence }) : before;
    if (verdict?.decision === GATE.deny || (verdict && isEnough(answers, tenant))) return decide(verdict);
    if (verdict && answers.length > before.length) {
      const changed = changesText(verdict.changes ?? {});
      draft.event(
        "Normal",
        "ApprovalRecorded",
        `${verdict.by} approves${changed ? ` with ${changed}` : ""}: ${verdict.reason}`,
      );
    }
    if (said || used) draft.act({ kind: "clearApproval" });
    const confidence = confidenceOf(gate);
    const about = confidence === undefined ? "" : ` (the analysis's confidence is ${confidence})`;
    const asked = openQuestion(questions);
    // For the person who decides: what they are told waits for nothing, and they needn't wait for it.
    const ask = opinion || draft.observed.answers.gate ? undefined : gateQuestion(workload, jobIdOf(workload), gate);
    const notes = [asked, fault].flatMap((note) => (note ? [`; ${note}`] : [])).join("");
    return waitFor(`${waitsFor(answers, tenant)}${about}${notes}`, {
      answers,
      ...(verdict?.changes ? { changes: verdict.changes } : {}),
      ...(ask ? { ask } : {}),
    });
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

/** What the policy would decide on this evidence, if it is known. */
function opinionOf({ status, observed }: Draft, evidence: Evidence): Approval["policy"] {
  const { policy, evidence: before } = status.approval ?? {};
  if (policy && isDeepStrictEqual(before ?? {}, evidence)) return policy;
  const { gate } = observed.answers;
  return gate?.ok ? { allow: gate.allow, reasons: gate.reasons } : undefined;
}

/** From when to when the gate waits; undefined where the template doesn't take the time from the workload. */
function spanOf({ observed: { workload, template } }: Draft, gate: WorkflowNode): Span | undefined {
  const from = parseTime(gate.startedAt);
  const declared = template?.spec.arguments?.parameters?.some(({ name }) => name === PARAMETERS.approvalTimeout);
  if (from === undefined || !declared) return undefined;
  return { from, until: from + durationMs(workload.spec.approval?.timeout ?? DEFAULTS.approvalTimeout) };
}

/** Copies the result of a gate that is done into the status. */
export function gateDone(draft: Draft, gate: WorkflowNode): void {
  const { workload } = draft.observed;
  const decided = decidedApproval(gate);
  const policy = draft.status.approval?.policy;
  const people = peoplesPart(draft, withAnswer(draft, decided));
  const approval = {
    ...decided,
    ...(policy ? { policy } : {}),
    ...people,
    ...(decided.decision === GATE.approve ? changesPart(changesOf(gate), people) : {}),
  };
  draft.status.approval = approval;
  const approved = approval.decision === GATE.approve;
  const reasons = { approve: "Approved", deny: approval.by === "timeout" ? "ApprovalTimeout" : "Denied", pending: "" };
  const reason = approval.decision ? reasons[approval.decision] : "NotAnswered";
  const message = approvalMessage(workload, approval);
  const changed = draft.setCondition(CONDITIONS.approved, approved ? "True" : "False", reason, message);
  // Where the run ended without an answer, the event about its end says so.
  if (changed && approval.decision) draft.event(approved ? "Normal" : "Warning", reason, message);
  const { [ANNOTATIONS.approval]: answer, [ANNOTATIONS.reply]: reply } = workload.metadata.annotations ?? {};
  if (answer !== undefined || reply !== undefined) draft.act({ kind: "clearApproval" });
}
