// The month's costs as tables for a terminal: every combination of who pays and for what, and the sums of each.
import type { CostGroup, CostReport } from "@agentic/api/cost-report.ts";
import { formatAmount } from "@agentic/api/money.ts";
import { COST_KINDS } from "@agentic/api/prices.ts";

/** What costs are summed by. */
const DIMENSIONS = [
  ["tenant", ({ tenant }) => tenant],
  ["team", ({ team }) => team],
  ["template", ({ template }) => template],
  ["cost centre", ({ costCenter }) => costCenter],
] as const satisfies [string, (group: CostGroup) => string][];

/** The sum of a group's kinds, billionths. */
export function totalOf({ parts }: Pick<CostGroup, "parts">): bigint {
  return COST_KINDS.reduce((sum, kind) => sum + BigInt(parts[kind]), 0n);
}

/** Lines of the tables. Amounts of different currencies are never added. */
export function costTables({ month, groups }: CostReport): string[] {
  if (groups.length === 0) return [`No workload ended in ${month}.`];
  const currencies = [...new Set(groups.map(({ currency }) => currency))].sort();
  return currencies.flatMap((currency, i) => {
    const of = groups.filter((group) => group.currency === currency);
    const prices = [...new Set(of.flatMap((group) => group.prices))].sort().join("; ");
    const heading = `Workloads that ended in ${month} (UTC), in ${currency} by ${prices}`;
    return [
      ...(i > 0 ? [""] : []),
      heading,
      "",
      ...detail(of),
      ...DIMENSIONS.flatMap(([name, key]) => sums(of, name, key)),
    ];
  });
}

function detail(groups: readonly CostGroup[]): string[] {
  const header = ["tenant", "team", "template", "cost centre", "workloads", ...COST_KINDS, "total", "calls", "tokens"];
  const rows = groups.map((group) => [
    ...DIMENSIONS.map(([, key]) => key(group) || "–"),
    String(group.workloads),
    ...COST_KINDS.map((kind) => formatAmount(BigInt(group.parts[kind]))),
    formatAmount(totalOf(group)),
    String(group.modelCalls),
    String(group.tokens.input + group.tokens.output + group.tokens.unreported),
  ]);
  return aligned([header, ...rows], DIMENSIONS.length);
}

/** What each value of a dimension has cost, the most first; nothing where there is but one. */
function sums(groups: readonly CostGroup[], name: string, key: (group: CostGroup) => string): string[] {
  const by = Map.groupBy(groups, key);
  if (by.size < 2) return [];
  const total = groups.reduce((sum, group) => sum + totalOf(group), 0n);
  const rows = [...by]
    .map(([value, of]) => ({
      value,
      workloads: of.reduce((sum, group) => sum + group.workloads, 0),
      amount: of.reduce((sum, group) => sum + totalOf(group), 0n),
    }))
    .sort((a, b) => Number(b.amount - a.amount) || a.value.localeCompare(b.value))
    .map(({ value, workloads, amount }) => [
      value || "–",
      String(workloads),
      formatAmount(amount),
      `${total > 0n ? (Number((amount * 1000n) / total) / 10).toFixed(1) : "0.0"} %`,
    ]);
  return ["", ...aligned([[`by ${name}`, "workloads", "total", "share"], ...rows], 1)];
}

/** Columns of one width each; from the `texts`th on they are numbers, at the right. */
function aligned(rows: readonly (readonly string[])[], texts: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < texts ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
