// Measures what a step uses while it runs: model calls with their tokens, time with a browser, processor time, memory.
import type { StepUsage } from "@agentic/api/template.ts";

/** The numbers of tokens in a completion, as the gateway reports them. */
interface Tokens {
  prompt_tokens?: unknown;
  completion_tokens?: unknown;
}

const count = (value: unknown): number => (Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0);

export class Meter {
  readonly #calls = new Map<string, { calls: number; input: number; output: number }>();
  #browserMs = 0;
  #browserSince: number | undefined;

  /** Counts an answered call of a model. */
  modelAnswered(model: string, tokens: Tokens | undefined): void {
    const sum = this.#calls.get(model) ?? { calls: 0, input: 0, output: 0 };
    sum.calls += 1;
    sum.input += count(tokens?.prompt_tokens);
    sum.output += count(tokens?.completion_tokens);
    this.#calls.set(model, sum);
  }

  /** Notes that a session with a browser begins; one that was lost ends then. */
  browserOpened(now: number = performance.now()): void {
    this.browserClosed(now);
    this.#browserSince = now;
  }

  /** Notes that the session has ended. */
  browserClosed(now: number = performance.now()): void {
    if (this.#browserSince !== undefined) this.#browserMs += now - this.#browserSince;
    this.#browserSince = undefined;
  }

  /** What was used until now. */
  read(now: number = performance.now()): StepUsage {
    const open = this.#browserSince === undefined ? 0 : now - this.#browserSince;
    const browserMs = Math.round(this.#browserMs + open);
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    return {
      ...(this.#calls.size > 0 ? { models: Object.fromEntries(this.#calls) } : {}),
      ...(browserMs > 0 ? { browserMs } : {}),
      cpuMs: Math.round((userCPUTime + systemCPUTime) / 1000),
      memoryBytes: maxRSS * 1024,
    };
  }
}
