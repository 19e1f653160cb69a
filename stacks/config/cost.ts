// Config section `cost`: the prices that workloads are reckoned with.
import { AMOUNT_PATTERN, parseAmount } from "@agentic/api/money.ts";
import { browserMinute, MODEL_PRICES, PRICE_TABLES, type PriceTableName } from "@agentic/api/price-tables.ts";
import type { ModelPrice, PodRequests, Prices } from "@agentic/api/prices.ts";
import { DEFAULT_MODEL, MODEL_NAME } from "@agentic/api/template.ts";
import { type Static, Type } from "typebox";
import { closed, text } from "./fields.ts";

const amount = (description: string) => text(description, AMOUNT_PATTERN);

/** At most three digits after the point: a token's price is then a whole number of billionths. */
const tokenPrice = "^(0|[1-9]\\d{0,5})(\\.\\d{1,3})?$";

const perMillion = (what: string) =>
  Type.String({ pattern: tokenPrice, description: `Of a million tokens of ${what}.` });

export const costSchema = Type.Object(
  {
    prices: Type.Optional(
      Type.Union(
        [
          Type.Literal("gke-autopilot"),
          Type.Literal("gke-standard"),
          Type.Literal("gke-spot"),
          Type.Literal("on-premises"),
        ],
        {
          description:
            "Table of prices (docs/cost.md). Default: on GKE the cluster's kind, with gke.spot gke-spot; elsewhere on-premises.",
        },
      ),
    ),
    currency: text("Of the prices here, such as EUR. Default: the table's.", "^[A-Z]{3}$"),
    cpuHour: amount("A core for an hour. Default: the table's."),
    memoryGiBHour: amount("A GiB of memory for an hour. Default: the table's."),
    storageGiBMonth: amount("A GiB kept for a month of 30 days. Default: the table's."),
    browserMinute: amount("A browser for a minute. Default: a core and a GiB for that time."),
    whenBudgetUsed: Type.Optional(
      Type.Union([Type.Literal("ask"), Type.Literal("refuse")], {
        description:
          "What becomes of a run whose budget is used up. ask: it waits for a person who raises it or ends the run; refuse: it fails. Default ask.",
      }),
    ),
    models: Type.Optional(
      Type.Record(
        Type.String({ pattern: MODEL_NAME.pattern }),
        Type.Object({ input: perMillion("questions"), output: perMillion("answers") }, closed),
        {
          description:
            "Prices of models, by the gateway's names (default, offline). Default: nothing for the built-in model, and for llm.model what docs/cost.md lists.",
        },
      ),
    ),
  },
  { ...closed, description: "Prices that the costs of workloads are reckoned with, as decimals such as 0.0445." },
);

export type CostConfig = Static<typeof costSchema>;

/** What the prices depend on beside their section. */
export interface CostContext {
  cost?: CostConfig;
  gke?: { mode?: "autopilot" | "standard"; spot?: boolean };
  llm?: { model: string };
  workflowEngine?: "argo" | "builtin";
  artifactRetentionDays?: number;
}

/** Requests of Argo's own container in each pod: components/argo/controller-settings.ts sets them. */
export const EXECUTOR_REQUESTS: PodRequests = { milliCpu: 10, bytes: 32 * 2 ** 20 };

function tableOf({ cost, gke }: CostContext): PriceTableName {
  if (cost?.prices) return cost.prices;
  if (!gke) return "on-premises";
  const { mode = "autopilot", spot = true } = gke;
  if (mode === "standard") return "gke-standard";
  return spot ? "gke-spot" : "gke-autopilot";
}

function modelPrices({ cost, llm }: CostContext): Record<string, ModelPrice> {
  const free = { input: "0", output: "0" };
  const known = llm ? MODEL_PRICES[llm.model] : free;
  return { offline: free, ...(known ? { [DEFAULT_MODEL]: known } : {}), ...cost?.models };
}

/** Budgets of tenants that nothing can hold; `key` writes a config key in full. */
export function budgetErrors(
  value: CostContext & { tenants?: { budget?: { amount?: string } }[] },
  { off, hasLedger }: { off: (name: "litellm") => boolean; hasLedger: boolean },
  key: (path: string) => string,
): string[] {
  return (value.tenants ?? []).flatMap(({ budget }, i) => {
    if (!budget) return [];
    const path = key(`tenants[${i}].budget`);
    if (off("litellm")) return [`${path} is given, but components.litellm is off: nothing else holds budgets`];
    if (!hasLedger) return [`${path} is given, but components.postgres is off: the ledger of budgets is there`];
    return budget.amount !== undefined && !modelPrices(value)[DEFAULT_MODEL]
      ? [`${path}.amount is given, but ${value.llm?.model} has no known price: set ${key("cost.models.default")}`]
      : [];
  });
}

/** The prices of a stack. */
export function costConfig(context: CostContext): Prices {
  const { cost = {}, workflowEngine = "argo", artifactRetentionDays = 30 } = context;
  const table = tableOf(context);
  const prices = PRICE_TABLES[table];
  const { prices: _, models: __, whenBudgetUsed: ___, ...replaced } = cost;
  const amounts = { ...prices, ...replaced };
  return {
    ...amounts,
    table: Object.keys(replaced).length > 0 ? `${table}, changed` : table,
    browserMinute: cost.browserMinute ?? browserMinute(amounts),
    models: modelPrices(context),
    ...(workflowEngine === "argo" ? { perPod: EXECUTOR_REQUESTS } : {}),
    retentionDays: artifactRetentionDays,
  };
}

/** Billionths of the currency for one token. */
export function tokenPrices({ models }: Prices) {
  const each = (perMillion: string) => Number(parseAmount(perMillion) / 1_000_000n);
  return Object.fromEntries(
    Object.entries(models).map(([name, { input, output }]) => [name, { input: each(input), output: each(output) }]),
  );
}
