// Has the records of what workloads have cost written: of those that end, and of those that somebody deletes before.
import type { AgentWorkload, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import type { Prices } from "@agentic/api/prices.ts";
import { timestamp } from "@agentic/api/times.ts";
import { statusCost } from "../decide/cost.ts";
import { costRecord, isUnrecorded } from "../decide/cost-record.ts";
import type { Observed, Recorded, Spent } from "../decide/types.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Caches } from "./caches.ts";

export type RecordLedger = Pick<Ledger, "store" | "keep" | "spent">;

export interface CostRecordsOptions {
  caches: Pick<Caches, "runsOf" | "tenantLabelsOf">;
  /** Absent: nothing is recorded. */
  ledger?: RecordLedger | undefined;
  prices?: Prices | undefined;
  now?: () => number;
}

export class CostRecords {
  readonly #options: CostRecordsOptions;

  constructor(options: CostRecordsOptions) {
    this.#options = options;
  }

  get enabled(): boolean {
    return this.#options.ledger !== undefined;
  }

  /** Writes the record of a workload that ends with this status. */
  async store({ workload, runs }: Observed, status: AgentWorkloadStatus): Promise<Recorded> {
    const { ledger, caches } = this.#options;
    const { phase, completedAt, cost } = status;
    if (!ledger || !phase || !completedAt || !cost) return { ok: true };
    const labels = caches.tenantLabelsOf(workload);
    return await ledger.store(costRecord(workload, { phase, completedAt, cost }, { runs, labels }));
  }

  /** What the gateway has booked for the workload until now, where that is known. */
  async spent({ metadata }: AgentWorkload): Promise<Spent | undefined> {
    return await this.#options.ledger?.spent(metadata.uid ?? "");
  }

  /** Keeps what a workload has cost that is deleted: its pods end with it. One that had ended is recorded already. */
  async keepDeleted(workload: AgentWorkload): Promise<void> {
    const { ledger, caches, prices, now = Date.now } = this.#options;
    const { status = {}, metadata } = workload;
    if (!ledger || !prices || (status.completedAt && !isUnrecorded(status))) return;
    const runs = caches.runsOf(workload);
    const [until, labels] = [now(), caches.tenantLabelsOf(workload)];
    const spent = await this.spent(workload);
    const cost = statusCost(runs, metadata.uid ?? "", prices, { until, spent }) ?? status.cost;
    if (!cost) return;
    const ending = status.completedAt
      ? { phase: status.phase ?? "", completedAt: status.completedAt }
      : { phase: "Deleted", completedAt: timestamp(until) };
    ledger.keep(costRecord(workload, { ...ending, cost }, { runs, labels }));
  }
}
