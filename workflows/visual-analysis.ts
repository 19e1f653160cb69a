// visual-analysis-template: reads web pages, takes screenshots, analyses both, and writes a report once that is approved.
import { DEFAULT_WORKFLOW_TEMPLATE } from "@agentic/api/names.ts";
import { GATE } from "@agentic/api/template.ts";
import { agentWorkflow } from "./agent-workflow.ts";
import { evaluations } from "./evaluations.ts";

export const visualAnalysis = agentWorkflow({
  name: DEFAULT_WORKFLOW_TEMPLATE,
  title: "Visual analysis",
  description:
    "Reads the target pages, takes screenshots, extracts their structure, analyses text and pictures with a model, waits for approval, and writes report.md.",
  owner: "platform",
  runbook: "docs/runbooks/visual-analysis.md",
  version: "1.0.0",
  channel: "stable",
  evaluation: evaluations[DEFAULT_WORKFLOW_TEMPLATE],
  tasks: [
    { step: "scrape" },
    { step: "screenshot", after: ["scrape"] },
    { step: "dom", after: ["screenshot"] },
    { step: "analysis", after: ["screenshot"] },
    { step: "synthesis", after: [GATE.name] },
  ],
  gate: { after: ["dom", "analysis"], changeable: ["title", "instructions"] },
});
