// What a run's questions and answers would cost, by the price table that workloads are reckoned with.
import { share } from "@agentic/api/money.ts";
import { costOf } from "@agentic/api/prices.ts";
import { DEFAULT_MODEL } from "@agentic/api/template.ts";
import type { Exchange } from "../agents/core/exchange.ts";
import { costConfig } from "../stacks/config/cost.ts";

/** Whose prices: the recorded answers are of the built-in model, which costs nothing. */
export const PRICED_MODEL = "openai/gpt-4o-mini";

interface Completion {
  usage?: { prompt_tokens?: number; completion_tokens?: number };
}

/** The cost in millionths of a dollar, rounded half up. */
export function tokenCost(exchanges: readonly Exchange[]): number {
  const sum = (of: keyof NonNullable<Completion["usage"]>) =>
    exchanges.reduce((total, { completion }) => total + BigInt((completion as Completion).usage?.[of] ?? 0), 0n);
  const tokens = { [DEFAULT_MODEL]: { input: sum("prompt_tokens"), output: sum("completion_tokens") } };
  const usage = { milliCpuMs: 0n, byteMs: 0n, browserMs: 0n, storedBytes: 0n, tokens };
  return Number(share(costOf(usage, costConfig({ llm: { model: PRICED_MODEL } })).model, 1n, 1000n));
}
