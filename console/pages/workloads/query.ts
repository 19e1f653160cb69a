// What the list is filtered by, as the address has it, and which workloads pass.
import { PHASES, type WorkloadPhase } from "@agentic/api/phases.ts";
import type { WorkloadRow } from "../../contract.ts";

export interface Filter {
  /** Words that all must be in what is known of a workload. */
  search: string;
  /** A namespace, or all. */
  tenant: string;
  phase: WorkloadPhase | "";
  template: string;
  /** A key of {@link AGES}, or any age. */
  age: string;
}

/** Ages to choose from: words, and seconds. */
export const AGES: Record<string, { words: string; seconds: number }> = {
  hour: { words: "last hour", seconds: 3_600 },
  day: { words: "last day", seconds: 86_400 },
  week: { words: "last 7 days", seconds: 604_800 },
  month: { words: "last 30 days", seconds: 2_592_000 },
};

/** The filter that an address asks for; what it doesn't know it leaves out. */
export function filterOf(query: Record<string, string>): Filter {
  const { q = "", tenant = "", phase = "", template = "", age = "" } = query;
  return {
    search: q,
    tenant,
    template,
    phase: PHASES.find((known) => known === phase) ?? "",
    age: age in AGES ? age : "",
  };
}

/** The address of the list with a filter. */
export function addressOf({ search, ...others }: Filter): string {
  const given = Object.entries({ q: search, ...others }).filter(([, value]) => value !== "");
  return given.length > 0 ? `/?${new URLSearchParams(given)}` : "/";
}

const textOf = (row: WorkloadRow): string =>
  [row.name, row.namespace, row.objective, row.template, row.submittedBy, row.says, ...row.steps]
    .join("\n")
    .toLowerCase();

/** Those that pass all but the phase, so that each phase's count is what choosing it would show. */
export function passing(rows: readonly WorkloadRow[], filter: Filter, now: number): WorkloadRow[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const seconds = AGES[filter.age]?.seconds;
  const earliest = seconds === undefined ? undefined : now - seconds * 1000;
  return rows.filter((row) => {
    if (filter.tenant && row.namespace !== filter.tenant) return false;
    if (filter.template && row.template !== filter.template) return false;
    if (earliest !== undefined && Date.parse(row.createdAt) < earliest) return false;
    if (words.length === 0) return true;
    const text = textOf(row);
    return words.every((word) => text.includes(word));
  });
}

/** How many are in each phase. */
export function countByPhase(rows: readonly WorkloadRow[]): Record<WorkloadPhase, number> {
  const counts = Object.fromEntries(PHASES.map((phase) => [phase, 0])) as Record<WorkloadPhase, number>;
  for (const { phase } of rows) counts[phase]++;
  return counts;
}
