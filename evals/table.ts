// Results as a table, each value with its difference to other results.

import type { Scores, Share } from "./score.ts";
import type { Results, Total } from "./suite.ts";

/** A column: what it shows of a case and of the total, and how a difference of numbers is written. */
interface Column {
  title: string;
  of(scores: Scores): string | number | null;
  total(total: Total): string | number | null;
}

const share = ({ found, of }: Share) => `${found}/${of}`;

const columns: Column[] = [
  { title: "score", of: ({ score }) => score, total: ({ score }) => score },
  { title: "facts", of: ({ facts }) => share(facts), total: () => "" },
  { title: "invented", of: ({ invented }) => invented, total: ({ invented }) => invented },
  { title: "lures", of: ({ lures }) => share(lures), total: ({ lures }) => lures },
  { title: "findings", of: ({ findings }) => share(findings), total: () => "" },
  {
    title: "gate",
    of: ({ decision, isDecisionRight }) => (isDecisionRight ? decision : `${decision} (wrong)`),
    total: ({ wronglyApproved }) => (wronglyApproved > 0 ? `${wronglyApproved} wrongly approved` : ""),
  },
  { title: "confidence", of: ({ confidence }) => confidence, total: () => "" },
  { title: "Brier", of: ({ brier }) => brier, total: ({ brier }) => brier },
  { title: "tokens", of: ({ tokens }) => tokens, total: ({ tokens }) => tokens },
  { title: "µUSD", of: ({ cost }) => cost, total: ({ cost }) => cost },
  { title: "seconds", of: ({ seconds }) => seconds, total: ({ seconds }) => seconds },
];

/** A Markdown table, a line a case and one for the total, with the problems of each case below it. */
export function tableOf(results: Results, before: Results | undefined): string {
  const names = Object.keys(results.cases).sort();
  const gone = Object.keys(before?.cases ?? {}).filter((name) => !(name in results.cases));
  const rows = names.map((name) => [
    name,
    ...columns.map(({ of }) => cell(cellOf(results.cases[name], of), before && cellOf(before.cases[name], of))),
  ]);
  const total = columns.map((column) => cell(column.total(results.total), before && column.total(before.total)));
  const lines = aligned([
    ["case", ...columns.map(({ title }) => title)],
    ...rows,
    [`${results.total.cases} cases`, ...total],
  ]);
  const problems = names.flatMap((name) =>
    (results.cases[name]?.problems ?? []).map((problem) => `${name}: ${problem}`),
  );
  return [
    ...lines,
    ...(gone.length > 0 ? ["", `no longer there: ${gone.join(", ")}`] : []),
    ...(problems.length > 0 ? ["", ...problems] : []),
  ].join("\n");
}

const cellOf = (scores: Scores | undefined, of: Column["of"]) => (scores ? of(scores) : undefined);

type Value = string | number | null | undefined;

/** The value, and in brackets the difference to the earlier one, or what that was; `new` where there was none. */
function cell(value: Value, before: Value): string {
  const text = value === null || value === undefined ? "–" : String(value);
  if (before === undefined || before === value) return text;
  if (typeof value !== "number" || typeof before !== "number") return `${text} (was ${before ?? "–"})`;
  const difference = Math.round((value - before) * 1000) / 1000;
  return `${text} (${difference > 0 ? "+" : "−"}${Math.abs(difference)})`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  const [header = [], ...others] = rows;
  return [line(header), rule, ...others.map(line)];
}
