// Budgets of workloads: the warning, and what becomes of a run that is out of budget.

import type { AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { durationMs } from "@agentic/api/duration.ts";
import { parseAmount } from "@agentic/api/money.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { GATE } from "@agentic/api/template.ts";
import { timestamp } from "@agentic/api/times.ts";
import type { Workflow } from "../argo.ts";
import { personsVerdict } from "./answers.ts";
import { CONDITIONS, type Draft } from "./draft.ts";
import { start } from "./start.ts";
import { parseTime } from "./time.ts";
import type { Decision } from "./types.ts";
import { attemptOf } from "./workflow.ts";

type Budget = NonNullable<AgentWorkloadSpec["budget"]>;

/** Percent of a budget from which on people are warned. */
const WARN_PERCENT = 80n;

/** How often the gateway's ledger is looked into while a workload with a budget runs: a step reports at its end alone. */
const LOOK_MS = 15_000;

/** Warns once a workload has used most of its own budget, by the gateway's ledger or, where that isn't known, by what steps report. */
export function noteBudget(draft: Draft): void {
  const { budget } = draft.observed.workload.spec;
  if (!budget) return;
  const { keepsRecords, now, spent } = draft.observed;
  if (keepsRecords) draft.wakeAt(now + LOOK_MS);
  const { cost } = draft.status;
  const used: Record<keyof Budget, [spent: bigint, limit: bigint | undefined]> = {
    amount: [
      spent?.amount ?? parseAmount(cost?.parts.model ?? "0"),
      budget.amount === undefined ? undefined : parseAmount(budget.amount),
    ],
    tokens: [BigInt(spent?.tokens ?? (cost?.tokens.input ?? 0) + (cost?.tokens.output ?? 0)), bigintOf(budget.tokens)],
    calls: [BigInt(spent?.calls ?? cost?.modelCalls ?? 0), bigintOf(budget.calls)],
  };
  const near = Object.entries(used).flatMap(([name, [spent, limit]]) =>
    limit !== undefined && limit > 0n && spent * 100n >= limit * WARN_PERCENT
      ? [`${(spent * 100n) / limit} % of ${name}`]
      : [],
  );
  const [reason, message] =
    near.length > 0
      ? [
          "NearlyUsed",
          `the budget is nearly used up: ${near.join(", ")}; raise spec.budget for the run to go on after that`,
        ]
      : ["Enough", "calls of models have room in the workload's budget"];
  if (draft.setCondition(CONDITIONS.withinBudget, "True", reason, message) && near.length > 0)
    draft.event("Warning", "BudgetNearlyUsed", message);
}

const bigintOf = (value: number | undefined): bigint | undefined => (value === undefined ? undefined : BigInt(value));

/**
 * A run that a budget has ended: it fails, or a person is asked. Raised, or approved because the tenant's budget was raised, it
 * goes on from its checkpoints; denied or unanswered it ends.
 */
export function budgetExhausted(draft: Draft, run: Workflow, failure: string): Decision {
  const { workload, now, budgets } = draft.observed;
  const { approval, budget } = workload.spec;
  const before = draft.condition(CONDITIONS.withinBudget);
  const next = attemptOf(run) + 1;
  // The next run may have to wait for something else: it isn't asked about again.
  const goesOn = `run ${next + 1}: `;
  if (before?.reason === "Raised" && before.message.startsWith(goesOn))
    return start(draft, next, parseTime(before.lastTransitionTime) ?? now);
  const waits = before?.status === "False";
  if (budgets?.whenUsed !== "ask") {
    draft.setCondition(CONDITIONS.withinBudget, "False", "BudgetExhausted", failure);
    return draft.finish("Failed", "BudgetExhausted", failure).done();
  }
  const verdict = waits ? personsVerdict(workload, draft.observed.tenant) : undefined;
  if (verdict) draft.act({ kind: "clearApproval" });
  if (verdict && verdict !== "invalid" && verdict.decision === GATE.deny) {
    const message = `${failure}; no more budget, says ${verdict.by}: ${verdict.reason}`;
    return draft.finish("Denied", "BudgetDenied", message).done();
  }
  const isApproved = verdict !== undefined && verdict !== "invalid";
  if (waits && (isApproved || isRaised(run, budget))) {
    const by = isApproved ? `${verdict.by} has it try again` : "spec.budget was raised";
    draft.setCondition(CONDITIONS.withinBudget, "True", "Raised", `${goesOn}${by}`);
    draft.event("Normal", "BudgetRaised", `${by}: the run goes on from its checkpoints`);
    return start(draft, next, now);
  }
  const limit = approval?.timeout ?? DEFAULTS.approvalTimeout;
  const since = waits ? (parseTime(before.lastTransitionTime) ?? now) : now;
  const until = since + durationMs(limit);
  if (now >= until)
    return draft.finish("Failed", "BudgetExhausted", `${failure}; nobody raised it within ${limit}`).done();
  const message = `${failure}; raise spec.budget or set ${ANNOTATIONS.approval} to approve (try again) or deny, until ${timestamp(until)}`;
  if (draft.setCondition(CONDITIONS.withinBudget, "False", "BudgetExhausted", message))
    draft.event("Warning", "BudgetExhausted", message);
  return draft.phase("AwaitingApproval", message).wakeAt(until).done();
}

/** Whether the workload's budget has more room now, in something, than when the run was started. */
function isRaised(run: Workflow, budget: Budget | undefined): boolean {
  const text = run.metadata.annotations?.[ANNOTATIONS.budget];
  if (text === undefined) return false;
  const before = JSON.parse(text) as Budget;
  const more = (was: bigint | undefined, is: bigint | undefined) => was !== undefined && (is === undefined || is > was);
  const amount = ({ amount }: Budget) => (amount === undefined ? undefined : parseAmount(amount));
  const now = budget ?? {};
  return (
    more(amount(before), amount(now)) ||
    more(bigintOf(before.tokens), bigintOf(now.tokens)) ||
    more(bigintOf(before.calls), bigintOf(now.calls))
  );
}
