// Client of the policy engine (OPA): anything but a clear yes or no counts as no answer.

import { clean, cut } from "@agentic/api/text.ts";
import { Pool } from "@agentic/kube/connection/undici.ts";
import type { PolicyAnswer, Question } from "./decide/types.ts";

export interface PolicyOptions {
  url: string;
  timeoutMs: number;
  observe?: (rule: string, outcome: "allow" | "deny" | "error", seconds: number) => void;
}

const MAX_REASONS = 20;

export class PolicyClient {
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #options: PolicyOptions;

  constructor(options: PolicyOptions) {
    const url = new URL(options.url);
    this.#options = options;
    this.#basePath = url.pathname.replace(/\/+$/, "");
    this.#pool = new Pool(url.origin, { connections: 4, connect: { timeout: options.timeoutMs } });
  }

  /** Queries `/v1/data/agentic/<rule>`, whose result is `{allow, reasons}`. Never throws. */
  async ask({ rule, input }: Question): Promise<PolicyAnswer> {
    const started = performance.now();
    // Not AbortSignal.timeout: those of the questions answered in the last seconds would all stay in memory.
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new Error(`no answer within ${this.#options.timeoutMs} ms`)),
      this.#options.timeoutMs,
    );
    const answer = await this.#ask(rule, input, late.signal)
      .catch((error: Error): PolicyAnswer => ({ ok: false, error: error.message || error.name }))
      .finally(() => clearTimeout(timer));
    const outcome = answer.ok ? (answer.allow ? "allow" : "deny") : "error";
    this.#options.observe?.(rule, outcome, (performance.now() - started) / 1000);
    return answer;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #ask(rule: string, input: unknown, signal: AbortSignal): Promise<PolicyAnswer> {
    const response = await this.#pool.request({
      method: "POST",
      path: `${this.#basePath}/v1/data/agentic/${rule}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input }),
      signal,
    });
    const text = await response.body.text();
    if (response.statusCode !== 200)
      return { ok: false, error: `HTTP ${response.statusCode}: ${cut(clean(text), 200)}` };
    return readAnswer(rule, JSON.parse(text));
  }
}

/** Reads OPA's response; one without `allow: true` or `false` (as when the policy isn't loaded) is an error. */
export function readAnswer(rule: string, document: unknown): PolicyAnswer {
  const result = (document as { result?: { allow?: unknown; reasons?: unknown } } | null)?.result;
  if (typeof result?.allow !== "boolean") {
    return { ok: false, error: `policy agentic.${rule} returns neither allow: true nor allow: false; is it loaded?` };
  }
  const reasons = Array.isArray(result.reasons) ? result.reasons.map(String).sort().slice(0, MAX_REASONS) : [];
  return { ok: true, allow: result.allow, reasons };
}
