// Tables of prices, dated and with their source. A stack's config chooses one and may replace each price.
import { formatAmount, parseAmount, share } from "./money.ts";
import type { ModelPrice, Prices } from "./prices.ts";

type Table = Omit<Prices, "table" | "models" | "retentionDays" | "perPod" | "browserMinute">;

export const PRICE_TABLES = {
  "gke-autopilot": {
    currency: "USD",
    asOf: "2025-06",
    source: "https://cloud.google.com/kubernetes-engine/pricing (us-central1, general-purpose pods, bursting)",
    cpuHour: "0.0445",
    memoryGiBHour: "0.0049225",
    storageGiBMonth: "0.02",
    minimum: { milliCpu: 50, bytes: 52 * 2 ** 20 },
  },
  "gke-standard": {
    currency: "USD",
    asOf: "2025-06",
    source: "https://cloud.google.com/compute/vm-instance-pricing (us-central1, E2 custom)",
    cpuHour: "0.02181159",
    memoryGiBHour: "0.00292353",
    storageGiBMonth: "0.02",
  },
  "gke-spot": {
    currency: "USD",
    asOf: "2025-06",
    source:
      "https://cloud.google.com/kubernetes-engine/pricing (us-central1, general-purpose Spot pods; it changes daily)",
    cpuHour: "0.0133",
    memoryGiBHour: "0.0014767",
    storageGiBMonth: "0.02",
    minimum: { milliCpu: 50, bytes: 52 * 2 ** 20 },
  },
  "on-premises": {
    currency: "USD",
    asOf: "2026-11",
    source:
      "own reckoning: a server of 64 cores and 512 GiB for 25,000 over four years, 0.35 kW at 0.20 a kWh and half as much for cooling, half used; half of it for cores, half for memory",
    cpuHour: "0.0128",
    memoryGiBHour: "0.0016",
    storageGiBMonth: "0.01",
  },
} as const satisfies Record<string, Table>;

export type PriceTableName = keyof typeof PRICE_TABLES;

export const priceTableNames = Object.keys(PRICE_TABLES) as PriceTableName[];

/** Of models as LiteLLM names them, by the million tokens: LiteLLM 1.106's own price list (model_prices_and_context_window.json). */
export const MODEL_PRICES: Readonly<Record<string, ModelPrice>> = {
  "openai/gpt-4o": { input: "2.5", output: "10" },
  "openai/gpt-4o-mini": { input: "0.15", output: "0.6" },
  "openai/gpt-4.1": { input: "2", output: "8" },
  "openai/gpt-4.1-mini": { input: "0.4", output: "1.6" },
  "anthropic/claude-sonnet-4-5": { input: "3", output: "15" },
  "anthropic/claude-haiku-4-5": { input: "1", output: "5" },
  "gemini/gemini-2.5-pro": { input: "1.25", output: "10" },
  "gemini/gemini-2.5-flash": { input: "0.3", output: "2.5" },
};

/** A browser's session is reckoned as one core and one GiB. */
export function browserMinute({ cpuHour, memoryGiBHour }: Pick<Prices, "cpuHour" | "memoryGiBHour">): string {
  return formatAmount(share(parseAmount(cpuHour) + parseAmount(memoryGiBHour), 1n, 60n));
}
