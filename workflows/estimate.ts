// What a run of a template is likely to cost, before it runs: from the template's requests and what steps usually need.
import { type CostEstimate, estimateText } from "@agentic/api/cost-estimate.ts";
import { formatAmount } from "@agentic/api/money.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { costOf, type Prices, paidRequests, total, type Usage } from "@agentic/api/prices.ts";
import { quantity } from "@agentic/api/quantities.ts";
import { DEFAULT_MODEL, STEPS, type Step } from "@agentic/api/template.ts";
import type { Template, WorkflowTemplate } from "./types.ts";

/** What a step needs for a first page, or for each further one. */
interface Need {
  seconds: number;
  browserSeconds?: number;
  /** Tokens that it asks and is answered with. */
  input?: number;
  output?: number;
  storedKiB?: number;
}

/** As the sample's steps need it on the embedded node: seconds include the pod's start. */
const NEEDS: Record<Step, { first: Need; further: Need }> = {
  scrape: { first: { seconds: 4, storedKiB: 3 }, further: { seconds: 0.1, storedKiB: 2 } },
  screenshot: {
    first: { seconds: 4, browserSeconds: 1, storedKiB: 73 },
    further: { seconds: 0.5, browserSeconds: 0.5, storedKiB: 73 },
  },
  dom: { first: { seconds: 2, storedKiB: 2 }, further: { seconds: 0.1, storedKiB: 1 } },
  analysis: {
    first: { seconds: 4, input: 1300, output: 430, storedKiB: 2 },
    further: { seconds: 0.5, input: 1300, output: 430, storedKiB: 2 },
  },
  synthesis: {
    first: { seconds: 2, input: 500, output: 120, storedKiB: 3 },
    further: { seconds: 0.1, input: 290, output: 70, storedKiB: 2 },
  },
};

/** The estimate of a template by these prices, with the model `default`. */
export function costEstimate({ spec }: WorkflowTemplate, prices: Prices): CostEstimate {
  const costFor = (pages: "first" | "further"): string =>
    formatAmount(total(costOf(usageFor(spec.templates, pages, prices), prices)));
  return {
    currency: prices.currency,
    first: costFor("first"),
    further: costFor("further"),
    prices: `${prices.table} ${prices.asOf}`,
  };
}

function usageFor(templates: readonly Template[], pages: "first" | "further", prices: Prices): Usage {
  const usage: Usage = { milliCpuMs: 0n, byteMs: 0n, browserMs: 0n, storedBytes: 0n, tokens: {} };
  let [input, output] = [0n, 0n];
  for (const { name, container } of templates) {
    const step = STEPS.find((step) => step === name);
    if (!step || !container) continue;
    const need = NEEDS[step][pages];
    const { cpu, memory } = container.resources.requests;
    const requests = { milliCpu: Math.round(quantity(cpu) * 1000), bytes: Math.round(quantity(memory)) };
    const paid = paidRequests(requests, prices);
    const ms = whole(need.seconds * 1000);
    usage.milliCpuMs += BigInt(paid.milliCpu) * ms;
    usage.byteMs += BigInt(paid.bytes) * ms;
    usage.browserMs += whole((need.browserSeconds ?? 0) * 1000);
    usage.storedBytes += whole((need.storedKiB ?? 0) * 1024);
    input += whole(need.input ?? 0);
    output += whole(need.output ?? 0);
  }
  usage.tokens[DEFAULT_MODEL] = { input, output };
  return usage;
}

const whole = (value: number): bigint => BigInt(Math.round(value));

/** The template with its estimate in an annotation. */
export function withEstimate(template: WorkflowTemplate, prices: Prices): WorkflowTemplate {
  const { metadata } = template;
  const annotations = {
    ...metadata.annotations,
    [ANNOTATIONS.costEstimate]: estimateText(costEstimate(template, prices)),
  };
  return { ...template, metadata: { ...metadata, annotations } };
}
