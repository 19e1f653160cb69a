// The month's costs as CSV (RFC 4180), a line for each combination of who pays and for what.
import type { CostReport } from "@agentic/api/cost-report.ts";
import { formatAmount } from "@agentic/api/money.ts";
import { COST_KINDS } from "@agentic/api/prices.ts";
import { totalOf } from "./table.ts";

const HEADER = [
  ...["month", "tenant", "team", "cost_center", "template", "currency", "prices", "workloads"],
  ...COST_KINDS,
  ...["total", "model_calls", "input_tokens", "output_tokens", "unreported_tokens"],
];

/** The file's text. */
export function costCsv({ month, groups }: CostReport): string {
  const rows = groups.map((group) => [
    ...[month, group.tenant, group.team, group.costCenter, group.template, group.currency],
    group.prices.join("; "),
    group.workloads,
    ...COST_KINDS.map((kind) => formatAmount(BigInt(group.parts[kind]))),
    formatAmount(totalOf(group)),
    ...[group.modelCalls, group.tokens.input, group.tokens.output, group.tokens.unreported],
  ]);
  return [HEADER, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
