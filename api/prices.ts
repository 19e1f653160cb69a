// What a workload's resources cost: the price of each, and the cost of what was used, exactly.
import { type Nano, parseAmount, share } from "./money.ts";

/** CPU and memory of a pod, in whole thousandths of a core and bytes. */
export interface PodRequests {
  milliCpu: number;
  bytes: number;
}

/** Prices of a model by the million tokens, as decimals with at most three digits after the point. */
export interface ModelPrice {
  input: string;
  output: string;
}

/** The prices that a stack goes by; every amount is a decimal in `currency`. */
export interface Prices {
  /** The table's name, such as gke-autopilot. */
  table: string;
  currency: string;
  /** Month of the prices, `YYYY-MM`. */
  asOf: string;
  /** Where they are from. */
  source: string;
  /** A core, and a GiB of memory, requested for an hour. */
  cpuHour: string;
  memoryGiBHour: string;
  /** A GiB kept for a month of 30 days. */
  storageGiBMonth: string;
  /** A browser's session for a minute. */
  browserMinute: string;
  /** By the names that the gateway has for models; a model without a price can have no budget of money. */
  models: Record<string, ModelPrice>;
  /** What is paid at least for a pod, whatever it requests. */
  minimum?: PodRequests;
  /** What the engine's own containers add to each pod's requests. */
  perPod?: PodRequests;
  /** For how long artifacts are kept, and paid for. */
  retentionDays: number;
}

/** What a run has used. */
export interface Usage {
  /** Thousandths of a core × milliseconds. */
  milliCpuMs: bigint;
  /** Bytes of memory × milliseconds. */
  byteMs: bigint;
  browserMs: bigint;
  storedBytes: bigint;
  /** By model. */
  tokens: Record<string, { input: bigint; output: bigint }>;
}

/** The kinds of cost. */
export const COST_KINDS = ["cpu", "memory", "model", "storage", "browser"] as const;
export type CostKind = (typeof COST_KINDS)[number];

const HOUR_MS = 3_600_000n;
const MINUTE_MS = 60_000n;
const GIB = 1n << 30n;
const MILLION = 1_000_000n;
const MONTH_DAYS = 30n;

/** What a pod of these requests is paid for: with the engine's containers, and at least the table's minimum. */
export function paidRequests(requests: PodRequests, { perPod, minimum }: Prices): PodRequests {
  return {
    milliCpu: Math.max(requests.milliCpu + (perPod?.milliCpu ?? 0), minimum?.milliCpu ?? 0),
    bytes: Math.max(requests.bytes + (perPod?.bytes ?? 0), minimum?.bytes ?? 0),
  };
}

/** The cost of what was used, by kind. Tokens of a model without a price cost nothing here. */
export function costOf(usage: Usage, prices: Prices): Record<CostKind, Nano> {
  let model = 0n;
  for (const [name, { input, output }] of Object.entries(usage.tokens)) {
    const price = prices.models[name];
    if (!price) continue;
    model += share(parseAmount(price.input), input, MILLION) + share(parseAmount(price.output), output, MILLION);
  }
  return {
    cpu: share(parseAmount(prices.cpuHour), usage.milliCpuMs, 1000n * HOUR_MS),
    memory: share(parseAmount(prices.memoryGiBHour), usage.byteMs, GIB * HOUR_MS),
    model,
    storage: share(
      parseAmount(prices.storageGiBMonth),
      usage.storedBytes * BigInt(prices.retentionDays),
      GIB * MONTH_DAYS,
    ),
    browser: share(parseAmount(prices.browserMinute), usage.browserMs, MINUTE_MS),
  };
}

/** The sum of the kinds. */
export function total(parts: Record<CostKind, Nano>): Nano {
  return COST_KINDS.reduce((sum, kind) => sum + parts[kind], 0n);
}
