// Tells each tenant's people what is used of its budget of the month, by the ledger, in a ConfigMap of its namespace.
import {
  MONTH_BUDGET_CONFIG_MAP,
  type MonthBudgets,
  monthBudgetData,
  monthOf,
  NOTHING_USED,
  type Used,
} from "@agentic/api/month-budget.ts";
import { tenantNamespace } from "@agentic/api/names.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import { sleep } from "@agentic/kube/controller/sleep.ts";
import type { Logger } from "pino";
import { type Ledger, UNDEFINED_TABLE } from "./ledger.ts";

export interface MonthBudgetsOptions {
  client: Pick<Client, "patch">;
  ledger: Pick<Ledger, "query">;
  /** By namespace. */
  budgets: MonthBudgets;
  /** Of the prices. */
  currency: string;
  log: Logger;
  /** Milliseconds since the epoch; default the system's clock. */
  now?: () => number;
  /** Milliseconds between two looks into the ledger. */
  everyMs?: number;
}

interface Row {
  id: string;
  amount: string;
  tokens: string;
  calls: string;
}

/** Accounts of tenants in a month, as the gateway names them (components/data/litellm/budgets.py); what calls under way hold is used, too. */
const USED = `
SELECT id, (amount + held_amount)::text AS amount, (tokens + held_tokens)::text AS tokens, (calls + held_calls)::text AS calls
FROM accounts WHERE id LIKE 'tenant:%:' || $1
`;

export class MonthBudgetTeller {
  readonly #options: MonthBudgetsOptions;
  /** What the ConfigMaps have, by namespace. */
  readonly #told = new Map<string, string>();

  constructor(options: MonthBudgetsOptions) {
    this.#options = options;
  }

  /** One that tells, where there is a budget. */
  static tells(options: MonthBudgetsOptions): MonthBudgetTeller | undefined {
    return Object.keys(options.budgets).length > 0 ? new MonthBudgetTeller(options) : undefined;
  }

  /** Tells until the signal aborts. Only the operator that leads does. */
  async run(signal: AbortSignal): Promise<void> {
    const { everyMs = 30_000, log } = this.#options;
    while (!signal.aborted) {
      await this.tell().catch((error: Error) => log.debug({ error: error.message }, "budgets of the month"));
      await sleep(everyMs, signal);
    }
  }

  /** Writes what has changed. Throws where the ledger can't be asked. */
  async tell(): Promise<void> {
    const { client, budgets, currency, log, now = Date.now } = this.#options;
    const month = monthOf(now());
    const used = await this.#used(month);
    await Promise.all(
      Object.entries(budgets).map(async ([namespace, limits]) => {
        const data = monthBudgetData(limits, used.get(namespace) ?? NOTHING_USED, { month, currency });
        const text = JSON.stringify(data);
        if (this.#told.get(namespace) === text) return;
        try {
          await client.patch(`/api/v1/namespaces/${namespace}/configmaps/${MONTH_BUDGET_CONFIG_MAP}`, { data });
          this.#told.set(namespace, text);
        } catch (error) {
          // A team's own stack may be of a release that makes neither the ConfigMap nor the right to write it.
          if (!isStatus(error, 403, 404)) log.warn({ tenant: namespace, error: (error as Error).message }, "budget");
        }
      }),
    );
  }

  async #used(month: string): Promise<Map<string, Used>> {
    try {
      const rows = await this.#options.ledger.query<Row>(USED, [month]);
      return new Map(
        rows.map(({ id, amount, tokens, calls }) => [
          tenantNamespace(id.split(":")[1] ?? ""),
          { amount: BigInt(amount), tokens: BigInt(tokens), calls: BigInt(calls) },
        ]),
      );
    } catch (error) {
      // The gateway makes its tables with its first call.
      if ((error as { code?: string }).code === UNDEFINED_TABLE) return new Map();
      throw error;
    }
  }
}
