// A workload's row in a list: what it is, how far it is, what it waits for.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { durationMs } from "@agentic/api/duration.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { openQuestions } from "@agentic/api/questions.ts";
import { GATE } from "@agentic/api/template.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { RowGate, WorkloadRow } from "../contract.ts";
import type { Run } from "./run.ts";

const MAX_TEXT = 300;
const text = (value: string): string => cut(clean(value), MAX_TEXT, "…");

export function rowOf(workload: AgentWorkload, run: Run | undefined): WorkloadRow {
  const { metadata, spec, status = {} } = workload;
  const { phase = "Pending", currentNode = "", nodes, cost, approval, failure, startedAt, completedAt } = status;
  const submittedBy = metadata.annotations?.[ANNOTATIONS.submittedBy];
  const gate = gateOf(workload, run);
  return {
    uid: metadata.uid ?? "",
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    template: templateRefOf(workload).name,
    objective: text(spec.objective),
    pages: spec.targetUrls.length,
    phase,
    suspended: spec.suspend ?? false,
    ending: metadata.deletionTimestamp !== undefined,
    steps: currentNode.split(", ").filter(Boolean),
    ...(nodes ? { progress: nodes } : {}),
    says: text(status.message ?? phase),
    createdAt: metadata.creationTimestamp ?? "",
    ...(startedAt ? { startedAt } : {}),
    ...(completedAt ? { completedAt } : {}),
    ...(submittedBy ? { submittedBy } : {}),
    ...(spec.model ? { model: spec.model } : {}),
    ...(cost
      ? { cost: { total: cost.total, currency: cost.currency, tokens: cost.tokens.input + cost.tokens.output } }
      : {}),
    ...(approval?.confidence === undefined ? {} : { confidence: approval.confidence }),
    attempt: status.attempt ?? 0,
    ...(gate ? { gate } : {}),
    ...(failure ? { failure: { kind: failure.kind, ...(failure.step ? { step: failure.step } : {}) } } : {}),
  };
}

/** When the question of a used-up budget ends; that of the gate itself the operator says. */
function endOf({ approval }: AgentWorkload["spec"], since: string | undefined): string | undefined {
  const end = Date.parse(since ?? "") + durationMs(approval?.timeout ?? DEFAULTS.approvalTimeout);
  return Number.isFinite(end) ? new Date(end).toISOString() : undefined;
}

/** The gate that waits for people, or undefined. */
export function gateOf({ spec, status = {} }: AgentWorkload, run: Run | undefined): RowGate | undefined {
  if (status.phase !== "AwaitingApproval") return undefined;
  const condition = (type: string) => status.conditions?.find((each) => each.type === type);
  const budget = condition("WithinBudget");
  const asksForBudget = budget?.status === "False";
  if (!asksForBudget && (spec.approval?.mode ?? DEFAULTS.mode) !== "manual") return undefined;
  const { answers = [], required = 1, questions } = status.approval ?? {};
  const [open] = openQuestions(questions);
  const since = asksForBudget
    ? budget.lastTransitionTime
    : (run?.gateSince ?? condition("Approved")?.lastTransitionTime);
  const expiresAt = spec.suspend ? undefined : asksForBudget ? endOf(spec, since) : status.approval?.expiresAt;
  return {
    since: since ?? "",
    ...(expiresAt ? { expiresAt } : {}),
    approvedBy: [...new Set(answers.flatMap(({ decision, by }) => (decision === GATE.approve ? [by] : [])))],
    required,
    budget: asksForBudget,
    ...(open ? { question: { by: open.by, text: text(open.question), at: open.at } } : {}),
  };
}
