// What steps' requests should be, by what 95 % of their attempts have used, and where each is written down.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StepUsageSummary } from "@agentic/api/cost-report.ts";
import { DEFAULT_WORKFLOW_TEMPLATE } from "@agentic/api/names.ts";

/** Fewer attempts say little of the next ones. */
const LEAST_ATTEMPTS = 20;
/** What is left free above the 95 %, and from which difference on a change is worth its trouble. */
const ROOM = 1.25;
const WORTH = 0.25;

const MIB = 2 ** 20;
/** Where the platform's own templates have their requests. */
const SHAPES = "workflows/agent-workflow.ts";

interface Resource {
  name: "cpu" | "memory";
  /** What requests are rounded up to, and what is the least. */
  unit: number;
  text(value: number): string;
}

const RESOURCES: Record<"milliCpu" | "bytes", Resource> = {
  milliCpu: { name: "cpu", unit: 10, text: (value) => `${value}m` },
  bytes: { name: "memory", unit: 16 * MIB, text: (value) => `${Math.round(value / MIB)}Mi` },
};

/** A line for each request that is worth a change, and one on the steps with too few attempts. */
export function adviceLines(steps: readonly StepUsageSummary[], root: string): string[] {
  const few = steps.filter(({ attempts }) => attempts < LEAST_ATTEMPTS);
  const known = steps.filter(({ attempts }) => attempts >= LEAST_ATTEMPTS);
  const lines = known.flatMap((step) => (["milliCpu", "bytes"] as const).flatMap((key) => adviceOn(step, key, root)));
  const fit = known.length > 0 && lines.length === 0 ? ["  all requests fit"] : [];
  const names = few.map(({ template, step, attempts }) => `${template} ${step} (${attempts})`);
  const note = `  fewer than ${LEAST_ATTEMPTS} attempts, too few for advice: ${names.join(", ")}`;
  return [...lines, ...fit, ...(few.length > 0 ? [note] : [])];
}

function adviceOn(summary: StepUsageSummary, key: "milliCpu" | "bytes", root: string): string[] {
  const { template, step, attempts } = summary;
  const { requested, p95 } = summary[key];
  const { name, unit, text } = RESOURCES[key];
  const right = Math.max(unit, Math.ceil((p95 * ROOM) / unit) * unit);
  if (Math.abs(right - requested) < requested * WORTH) return [];
  const used = `95 % of ${attempts} attempts used at most ${text(p95)}`;
  return [
    `  ${template} ${step}: ${name} ${text(requested)} → ${text(right)} (${used}): ${placeOf(template, step, name, root)}`,
  ];
}

/** Where the request is written: file, line and parameter for a template of the platform, the object's field for another's. */
export function placeOf(template: string, step: string, resource: "cpu" | "memory", root: string): string {
  const foreign = `WorkflowTemplate ${template}, spec.templates[${step}].container.resources.requests.${resource}`;
  if (template !== DEFAULT_WORKFLOW_TEMPLATE) return foreign;
  const lines = readFileSync(join(root, SHAPES), "utf8").split("\n");
  const start = lines.findIndex((line) => line.startsWith(`  ${step}: {`));
  const line = lines.findIndex((text, i) => i > start && text.includes("requests: {"));
  return start < 0 || line < 0 ? foreign : `${SHAPES}:${line + 1}, STEP_SHAPES.${step}.resources.requests.${resource}`;
}
