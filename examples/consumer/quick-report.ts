// A template of the team's own: a report without screenshots, for pages that say everything in words.
import { agentWorkflow, GATE, STEP_SHAPES } from "@agentic/platform-client";

export const quickReport = agentWorkflow({
  name: "quick-report",
  title: "Quick report",
  description: "Reads the target pages, analyses their text with a model, waits for approval, and writes report.md.",
  owner: "acme",
  runbook: "examples/consumer/README.md",
  tasks: [
    { step: "scrape" },
    { step: "dom", after: ["scrape"] },
    { step: "analysis", after: ["scrape"], deadline: 600, resources: STEP_SHAPES.analysis.resources },
    { step: "synthesis", after: [GATE.name] },
  ],
  gate: { after: ["dom", "analysis"] },
});
