// The claim of a run's steps: what the model gateway books their calls on.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { signClaim } from "@agentic/api/budget-claim.ts";
import { parseAmount } from "@agentic/api/money.ts";
import type { BudgetRules } from "./types.ts";

/** The claim of a run's steps; undefined where the platform holds no budgets. */
export function budgetClaim({ metadata, spec }: AgentWorkload, rules: BudgetRules | undefined): string | undefined {
  if (!rules) return undefined;
  const { namespace = "", uid = "" } = metadata;
  const { amount, ...counts } = spec.budget ?? {};
  const limits = { ...(amount === undefined ? {} : { amount: String(parseAmount(amount)) }), ...counts };
  return signClaim({ namespace, uid, ...limits }, rules.claimKey);
}
