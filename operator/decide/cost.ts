// What a workload has cost until now: the pods of all its runs that have ended, tokens, artifacts, time with browsers.
import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { formatAmount } from "@agentic/api/money.ts";
import { COST_KINDS, costOf, type Prices, paidRequests, total, type Usage } from "@agentic/api/prices.ts";
import { RESULT } from "@agentic/api/template.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { isDone, nodesOf, parameter, parseResult } from "./nodes.ts";
import { parseTime } from "./time.ts";
import type { Spent } from "./types.ts";

/** The most that is believed of one step: a step's result is its own word. */
const MAX_TOKENS = 1_000_000_000;
const MAX_MS = 31 * 86_400_000;
const MAX_BYTES = 2 ** 50;
const MAX_MODELS = 10;

/** What is known beside the runs. */
interface Known {
  /** When pods end that run: of a workload that is deleted, now. Default: they aren't counted yet. */
  until?: number;
  /** What the gateway has booked, which counts in the place of what steps report of their calls. */
  spent?: Spent | undefined;
}

/** The status's cost of a workload's runs; undefined before any pod has ended. */
export function statusCost(
  runs: readonly Workflow[],
  uid: string,
  prices: Prices,
  { until, spent }: Known = {},
): AgentWorkloadStatus["cost"] {
  const { usage, pods, calls } = usageOf(runs, uid, prices, { until });
  if (pods === 0) return undefined;
  const reckoned = costOf(usage, prices);
  const parts = spent ? { ...reckoned, model: spent.amount } : reckoned;
  const models = Object.entries(usage.tokens);
  const sum = (kind: "input" | "output") => Number(models.reduce((tokens, [, model]) => tokens + model[kind], 0n));
  const [input, output] = [sum("input"), sum("output")];
  const unreported = (spent?.tokens ?? 0) - input - output;
  const unpriced = models.map(([name]) => name).filter((name) => !prices.models[name]);
  return {
    currency: prices.currency,
    total: formatAmount(total(parts)),
    parts: Object.fromEntries(COST_KINDS.map((kind) => [kind, formatAmount(parts[kind])])),
    modelCalls: spent?.calls ?? calls,
    tokens: { input, output, ...(unreported > 0 ? { unreported } : {}) },
    prices: `${prices.table} ${prices.asOf}`,
    ...(unpriced.length > 0 ? { unpriced } : {}),
  };
}

/** What the workload's runs have used. Each attempt of a step had a pod, whatever became of it. */
export function usageOf(
  runs: readonly Workflow[],
  uid: string,
  prices: Prices,
  { until: ending }: Pick<Known, "until"> = {},
): { usage: Usage; pods: number; calls: number } {
  const usage: Usage = { milliCpuMs: 0n, byteMs: 0n, browserMs: 0n, storedBytes: 0n, tokens: {} };
  const stored = new Map<string, bigint>();
  let pods = 0;
  let calls = 0;
  for (const run of runs)
    for (const node of nodesOf(run)) {
      if (node.type !== "Pod") continue;
      const since = parseTime(node.startedAt);
      const until = isDone(node) ? parseTime(node.finishedAt) : ending;
      if (since === undefined || until === undefined) continue;
      pods += 1;
      const ms = BigInt(Math.max(0, until - since));
      const requests = paidRequests(run.requests?.[node.templateName ?? ""] ?? { milliCpu: 0, bytes: 0 }, prices);
      usage.milliCpuMs += BigInt(requests.milliCpu) * ms;
      usage.byteMs += BigInt(requests.bytes) * ms;
      calls += addResult(usage, stored, node, uid);
    }
  for (const bytes of stored.values()) usage.storedBytes += bytes;
  return { usage, pods, calls };
}

/** Adds what a step reports of itself; returns the number of its calls of models. */
function addResult(usage: Usage, stored: Map<string, bigint>, node: WorkflowNode, uid: string): number {
  const result = parseResult(parameter(node.outputs?.parameters, RESULT.parameter));
  const { uri, bytes } = result?.manifest ?? {};
  // Of an earlier run's artifacts that are used again, that run has paid for the room.
  if (typeof uri === "string" && uri.includes(`/${uid}/`)) stored.set(uri, number(bytes, MAX_BYTES));
  const reported = result?.usage;
  if (typeof reported !== "object" || reported === null) return 0;
  usage.browserMs += number(reported.browserMs, MAX_MS);
  if (typeof reported.models !== "object" || reported.models === null) return 0;
  let calls = 0n;
  for (const [model, counts] of Object.entries(reported.models).slice(0, MAX_MODELS)) {
    const sum = Object.hasOwn(usage.tokens, model) ? usage.tokens[model] : undefined;
    const { input, output } = sum ?? { input: 0n, output: 0n };
    calls += number(counts?.calls, MAX_TOKENS);
    usage.tokens[model] = {
      input: input + number(counts?.input, MAX_TOKENS),
      output: output + number(counts?.output, MAX_TOKENS),
    };
  }
  return Number(calls);
}

/** A whole number of a step's own words: 0 where it isn't one, or beyond belief. */
export const number = (value: unknown, most: number): bigint =>
  Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= most ? BigInt(Number(value)) : 0n;
