// A tenant's budget of the month and what is used of it: the operator writes it into a ConfigMap that the tenant's people read.
import { AMOUNT_PATTERN, formatAmount, parseAmount } from "./money.ts";

/** The ConfigMap in the namespace of each tenant that has a budget. */
export const MONTH_BUDGET_CONFIG_MAP = "agentic-budget";

/** What may be limited. */
export const BUDGET_LIMITS = ["amount", "tokens", "calls"] as const;
export type BudgetLimit = (typeof BUDGET_LIMITS)[number];

/** The most of a month; `amount` is a decimal in the currency of the prices. */
export interface MonthLimits {
  amount?: string;
  tokens?: number;
  calls?: number;
}

/** The budgets by namespace, as the operator is told them. */
export type MonthBudgets = Readonly<Record<string, MonthLimits>>;

/** What is used of a limit, what calls under way hold among it; amounts are decimals. */
export interface BudgetUse {
  limit: BudgetLimit;
  most: string;
  used: string;
  left: string;
  /** Of 1. */
  ratio: number;
}

export interface MonthBudget {
  /** Such as `2026-11`, UTC. */
  month: string;
  currency: string;
  uses: BudgetUse[];
}

/** What is spent and held of each, amounts in billionths. */
export type Used = Readonly<Record<BudgetLimit, bigint>>;

export const NOTHING_USED: Used = { amount: 0n, tokens: 0n, calls: 0n };

/** The calendar month (UTC) of a time in ms. */
export const monthOf = (now: number): string => new Date(now).toISOString().slice(0, 7);

const usedKey = (limit: BudgetLimit): string => `used-${limit}`;

/** The ConfigMap's data; null takes out what isn't limited any more. */
export function monthBudgetData(
  limits: MonthLimits,
  used: Used,
  { month, currency }: Pick<MonthBudget, "month" | "currency">,
): Record<string, string | null> {
  return {
    month,
    currency,
    ...Object.fromEntries(
      BUDGET_LIMITS.flatMap((limit): [string, string | null][] => {
        const most = limits[limit];
        const spent = limit === "amount" ? formatAmount(used.amount) : String(used[limit]);
        return [
          [limit, most === undefined ? null : String(most)],
          [usedKey(limit), most === undefined ? null : spent],
        ];
      }),
    ),
  };
}

/** The budget in the ConfigMap's data; undefined where the operator hasn't written it. In another month than it was written for nothing is used yet. */
export function readMonthBudget(data: Record<string, string> = {}, now: number): MonthBudget | undefined {
  const month = monthOf(now);
  if (!data.month) return undefined;
  const uses = BUDGET_LIMITS.flatMap((limit): BudgetUse[] => {
    const most = data[limit];
    if (most === undefined) return [];
    const used = (data.month === month && data[usedKey(limit)]) || "0";
    const [all, spent] = limit === "amount" ? [parseAmount(most), parseAmount(used)] : [BigInt(most), BigInt(used)];
    const rest = all > spent ? all - spent : 0n;
    const left = limit === "amount" ? formatAmount(rest) : String(rest);
    return [{ limit, most, used, left, ratio: all > 0n ? Number(spent) / Number(all) : 1 }];
  });
  return { month, currency: data.currency ?? "", uses };
}

/** The budgets in this JSON; throws an error that says what is wrong with them. */
export function parseMonthBudgets(json: string): MonthBudgets {
  const budgets = JSON.parse(json) as MonthBudgets;
  for (const [namespace, { amount, tokens, calls }] of Object.entries(budgets)) {
    if (amount !== undefined && !new RegExp(AMOUNT_PATTERN).test(amount))
      throw new Error(`amount of ${namespace} is no amount such as 250.5: ${amount}`);
    for (const [name, count] of Object.entries({ tokens, calls }))
      if (count !== undefined && (!Number.isSafeInteger(count) || count < 1))
        throw new Error(`${name} of ${namespace} is no whole number from 1 on: ${count}`);
  }
  return budgets;
}
