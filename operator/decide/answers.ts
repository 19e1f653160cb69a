// People's answers at a gate: the one that stands in the workload's annotations, and those that the status has recorded.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { changesIn } from "@agentic/api/changes.ts";
import { DECIDERS } from "@agentic/api/deciders.ts";
import { approverGroups, hasFourEyes, quorumOf } from "@agentic/api/gate-rules.ts";
import { MAX_REASON } from "@agentic/api/limits.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { GATE } from "@agentic/api/template.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { Draft } from "./draft.ts";
import type { Approval, Verdict } from "./gate.ts";

type Tenant = Record<string, string> | undefined;
export type Answer = NonNullable<Approval["answers"]>[number];

/**
 * A person's answer in the workload's annotations. Admission has checked who wrote it, and that they may; that nobody approves
 * their own workload is checked here too, for a cluster whose admission has been taken away.
 */
export function personsVerdict({ metadata }: AgentWorkload, tenant: Tenant): Verdict | "invalid" | undefined {
  const annotations = metadata.annotations ?? {};
  const decision = annotations[ANNOTATIONS.approval];
  if (decision === undefined || decision === GATE.ask) return undefined;
  const by = annotations[ANNOTATIONS.approvedBy];
  if ((decision !== GATE.approve && decision !== GATE.deny) || !by) return "invalid";
  const submitter = annotations[ANNOTATIONS.submittedBy];
  if (decision === GATE.approve && hasFourEyes(tenant) && (!submitter || submitter === by)) return "invalid";
  return {
    decision,
    by,
    reason: annotations[ANNOTATIONS.approvalReason] || "no reason given",
    ...(decision === GATE.approve ? { changes: changesIn(annotations) } : {}),
  };
}

/** What is wrong with an answer that is {@link personsVerdict}'s `invalid`. */
export const INVALID_ANSWER = `${ANNOTATIONS.approval} must be approve, deny or ask, with ${ANNOTATIONS.approvedBy}, and where the tenant has four eyes an approval is of another person than ${ANNOTATIONS.submittedBy}`;

/** The names of those who have approved. */
export const approversOf = (answers: readonly Answer[]): Set<string> =>
  new Set(answers.flatMap(({ decision, by }) => (decision === GATE.approve ? [by] : [])));

/** The answers that the status has of this run. */
export const answersOf = ({ status }: Draft): readonly Answer[] => status.approval?.answers ?? [];

/** The status's part about people: what is recorded, and how many must approve where one isn't enough. */
export function peoplesPart(draft: Draft, answers: readonly Answer[] = answersOf(draft)): Partial<Approval> {
  const { workload, tenant } = draft.observed;
  const required = (workload.spec.approval?.mode ?? DEFAULTS.mode) === "manual" ? quorumOf(tenant) : 1;
  return {
    ...(required > 1 && Number.isFinite(required) ? { required } : {}),
    ...(answers.length > 0 ? { answers: [...answers] } : {}),
    ...(draft.status.approval?.questions ? { questions: draft.status.approval.questions } : {}),
  };
}

/** The answers with this one, which a person has given; as they are where it is there already, or no person decided. */
export function withAnswer(draft: Draft, given: Pick<Approval, "decision" | "by" | "reason" | "at" | "evidence">) {
  const answers = answersOf(draft);
  const { decision, by, at, reason = "", evidence } = given;
  const isDecided = decision === GATE.approve || decision === GATE.deny;
  if (!isDecided || by === undefined || (DECIDERS as readonly string[]).includes(by)) return answers;
  if (answers.some((earlier) => earlier.by === by && earlier.decision === decision)) return answers;
  const { workload, tenant } = draft.observed;
  const groups = approverGroups(tenant, templateRefOf(workload).name);
  return [
    ...answers,
    {
      decision,
      by,
      at: at ?? draft.now,
      reason: cut(clean(reason), MAX_REASON),
      ...(evidence && Object.keys(evidence).length > 0 ? { evidence } : {}),
      ...(groups ? { groups } : {}),
    },
  ];
}

/** Whether enough different people have approved. */
export const isEnough = (answers: readonly Answer[], tenant: Tenant): boolean =>
  approversOf(answers).size >= quorumOf(tenant);

/** For people: what the gate waits for, after those who have approved. */
export function waitsFor(answers: readonly Answer[], tenant: Tenant): string {
  const required = quorumOf(tenant);
  const approvers = [...approversOf(answers)];
  if (required === 1) return `waits for a person to set ${ANNOTATIONS.approval}`;
  const soFar = approvers.length > 0 ? `, approved by ${approvers.join(", ")}` : "";
  return `waits for ${required} different people to set ${ANNOTATIONS.approval}, ${approvers.length} of them so far${soFar}`;
}
