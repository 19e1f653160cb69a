// What workloads that have ended have cost in a month: the operator answers it on its pod's own loopback, and `npm run cost` shows it.
import type { CostKind } from "./prices.ts";

/** Where the operator answers `GET /costs?month=2026-11`: only who may forward a port of its pod gets there. */
export const COST_REPORT = { port: 8081, path: "/costs" } as const;

/** A calendar month (UTC), as a regular expression. */
export const MONTH = "^\\d{4}-(0[1-9]|1[0-2])$";

/** What one attempt of a step was given and has used. */
export interface StepAttempt {
  /** Name of the step's template. */
  step: string;
  /** Requests of its pod. */
  milliCpu: number;
  bytes: number;
  /** For how long its process ran. */
  ms: number;
  /** Processor time of its process. */
  cpuMs: number;
  /** The most memory that its process had resident. */
  memoryBytes: number;
}

/** Who pays for a workload, and what it was. */
export interface CostGroup {
  tenant: string;
  team: string;
  costCenter: string;
  template: string;
  currency: string;
  /** Tables of prices that it was reckoned with. */
  prices: string[];
  workloads: number;
  /** By kind: whole billionths of the currency, as decimal digits. */
  parts: Record<CostKind, string>;
  modelCalls: number;
  /** `unreported`: of calls that no step reports, since its attempt was killed. */
  tokens: { input: number; output: number; unreported: number };
}

/** What a tenant's workloads have cost that ended on a day. */
export interface DayCost {
  /** `2026-11-30`, UTC. */
  day: string;
  tenant: string;
  currency: string;
  /** Whole billionths of the currency, as decimal digits. */
  amount: string;
}

/** What attempts of a template's step were given, and what 95 % of them have used at most. */
export interface StepUsageSummary {
  template: string;
  step: string;
  attempts: number;
  /** Thousandths of a core, on average over an attempt. */
  milliCpu: { requested: number; p95: number };
  bytes: { requested: number; p95: number };
}

/** The month's report. */
export interface CostReport {
  month: string;
  groups: CostGroup[];
  days: DayCost[];
  steps: StepUsageSummary[];
}
