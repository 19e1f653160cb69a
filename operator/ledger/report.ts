// The month's report from the ledger: who pays how much for what, day by day, and what steps have used of what they were given.
import type { CostReport, StepUsageSummary } from "@agentic/api/cost-report.ts";
import { COST_KINDS, type CostKind } from "@agentic/api/prices.ts";
import type { Ledger } from "./ledger.ts";

const IN_MONTH = "ended >= $1::timestamptz AND ended < $1::timestamptz + interval '1 month'";

const GROUPS = `
SELECT tenant, team, cost_center, template, currency, array_agg(DISTINCT prices) AS prices, count(*)::int AS workloads,
  ${COST_KINDS.map((kind) => `sum(${kind})::text AS ${kind}`).join(", ")},
  sum(model_calls)::float AS calls, sum(input_tokens)::float AS input, sum(output_tokens)::float AS output,
  sum(unreported_tokens)::float AS unreported
FROM cost_records WHERE ${IN_MONTH}
GROUP BY tenant, team, cost_center, template, currency ORDER BY tenant, team, cost_center, template, currency
`;

const DAYS = `
SELECT to_char(ended AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, tenant, currency,
  sum(${COST_KINDS.join(" + ")})::text AS amount
FROM cost_records WHERE ${IN_MONTH} GROUP BY day, tenant, currency ORDER BY day, tenant, currency
`;

/** Of requests that have changed in the month, the last are what can be changed. */
const STEPS = `
SELECT template, step, count(*)::int AS attempts,
  (array_agg("milliCpu" ORDER BY ended DESC))[1]::float AS milli_cpu, (array_agg(bytes ORDER BY ended DESC))[1]::float AS bytes,
  percentile_disc(0.95) WITHIN GROUP (ORDER BY round("cpuMs" * 1000.0 / ms))::float AS milli_cpu_p95,
  percentile_disc(0.95) WITHIN GROUP (ORDER BY "memoryBytes")::float AS bytes_p95
FROM cost_records, jsonb_to_recordset(steps)
  AS attempt (step text, "milliCpu" bigint, bytes bigint, ms bigint, "cpuMs" bigint, "memoryBytes" bigint)
WHERE ${IN_MONTH} GROUP BY template, step ORDER BY template, step
`;

interface GroupRow extends Record<CostKind, string> {
  tenant: string;
  team: string;
  cost_center: string;
  template: string;
  currency: string;
  prices: string[];
  workloads: number;
  calls: number;
  input: number;
  output: number;
  unreported: number;
}

interface StepRow {
  template: string;
  step: string;
  attempts: number;
  milli_cpu: number;
  bytes: number;
  milli_cpu_p95: number;
  bytes_p95: number;
}

/** The report of a month such as `2026-11`. Throws where the ledger can't be asked. */
export async function costReport(ledger: Pick<Ledger, "query">, month: string): Promise<CostReport> {
  const values = [`${month}-01T00:00:00Z`];
  const [groups, days, steps] = await Promise.all([
    ledger.query<GroupRow>(GROUPS, values),
    ledger.query<CostReport["days"][number]>(DAYS, values),
    ledger.query<StepRow>(STEPS, values),
  ]);
  return {
    month,
    groups: groups.map(({ cost_center: costCenter, calls, input, output, unreported, ...row }) => ({
      ...{ tenant: row.tenant, team: row.team, costCenter, template: row.template },
      ...{ currency: row.currency, prices: row.prices, workloads: row.workloads },
      parts: { cpu: row.cpu, memory: row.memory, model: row.model, storage: row.storage, browser: row.browser },
      modelCalls: calls,
      tokens: { input, output, unreported },
    })),
    days,
    steps: steps.map(
      ({ template, step, attempts, ...row }): StepUsageSummary => ({
        ...{ template, step, attempts },
        milliCpu: { requested: row.milli_cpu, p95: row.milli_cpu_p95 },
        bytes: { requested: row.bytes, p95: row.bytes_p95 },
      }),
    ),
  };
}
