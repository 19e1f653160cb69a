// Series that say 0 before anything is counted: of a series that begins with 1, no rate sees the first.
import { COST_KINDS } from "@agentic/api/prices.ts";
import type { Counter, Histogram } from "prom-client";
import type { KnownTemplate } from "./known-template.ts";
import { type LabelValues, OTHER } from "./label-values.ts";

/** What is begun. */
interface Begun {
  tenants: LabelValues;
  templateNames: LabelValues;
  stepNames: LabelValues;
  gates: Counter<"decision" | "mode" | "by">;
  gateWait: Histogram<"mode">;
  firstPod: Histogram<"template">;
  runs: Histogram<"template" | "phase">;
  steps: Histogram<"template" | "step" | "outcome">;
  beginnings: Counter<"template" | "step" | "beginning">;
  pages: Counter<"template" | "result">;
  pageBytes: Counter<"template">;
  finished: Counter<"tenant" | "template" | "phase" | "reason" | "fault">;
  cost: Counter<"tenant" | "template" | "kind">;
  tokens: Counter<"tenant" | "template" | "direction">;
}

/** How series begin that depend on templates. */
interface Beginning {
  /** Returns the label's value for a template that exists, whose series are there from now on. */
  begin: (template: string, known: KnownTemplate) => string;
  /** Begins the costs of a tenant's workloads of a template that has begun, with the first of them. */
  beginCost: (labels: { tenant: string; template: string }) => void;
}

/** How most workloads end: phase, reason, and whose fault it is. */
const usualEnds = [
  ["Completed", "Completed", "none"],
  ["Denied", "Denied", "none"],
  ["Failed", "WorkflowFailed", "workload"],
  ["Failed", "WorkflowFailed", "platform"],
] as const;

/** Who answers gates, by mode. */
const usualAnswers = { auto: ["opa"], manual: ["person", "timeout"] } as const;

/** Begins what doesn't depend on templates, and returns how the others begin. */
export function beginning(metrics: Begun): Beginning {
  for (const [mode, people] of Object.entries(usualAnswers)) {
    metrics.gateWait.zero({ mode });
    for (const by of people) for (const decision of ["approve", "deny"]) metrics.gates.inc({ decision, mode, by }, 0);
  }
  const begun = new Set<string>();
  const isNew = (...labels: string[]) => {
    const { size } = begun;
    return begun.add(labels.join("\n")).size > size;
  };
  const begin: Beginning["begin"] = (name, { steps, tenants }) => {
    const template = metrics.templateNames.of(name);
    if (template === OTHER) return template;
    if (isNew(template)) {
      metrics.firstPod.zero({ template });
      for (const phase of ["Completed", "Failed", "Denied"]) metrics.runs.zero({ template, phase });
      for (const result of ["read", "failed", "disallowed"]) metrics.pages.inc({ template, result }, 0);
      metrics.pageBytes.inc({ template }, 0);
    }
    for (const step of [...steps].map((one) => metrics.stepNames.of(one))) {
      if (!isNew(template, "step", step)) continue;
      metrics.steps.zero({ template, step, outcome: "succeeded" });
      metrics.beginnings.inc({ template, step, beginning: "fresh" }, 0);
    }
    for (const tenant of [...tenants].map((one) => metrics.tenants.of(one))) {
      if (!isNew(template, "tenant", tenant)) continue;
      for (const [phase, reason, fault] of usualEnds)
        metrics.finished.inc({ tenant, template, phase, reason, fault }, 0);
    }
    return template;
  };
  const beginCost: Beginning["beginCost"] = (labels) => {
    const tenant = metrics.tenants.of(labels.tenant);
    const { template } = labels;
    if (tenant === OTHER || !begun.has(template) || !isNew(template, "cost", tenant)) return;
    for (const kind of COST_KINDS) metrics.cost.inc({ tenant, template, kind }, 0);
    for (const direction of ["input", "output"]) metrics.tokens.inc({ tenant, template, direction }, 0);
  };
  return { begin, beginCost };
}
