// The order in which a replay runs the steps of a template.
import { GATE } from "@agentic/api/template.ts";
import { expect, test } from "vitest";
import { orderOf } from "../../../evals/template-order.ts";
import { agentWorkflow } from "../../../workflows/index.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";

const about = { name: "x", title: "X", description: "X.", owner: "platform", runbook: "docs/runbooks/x.md" };

test("each step comes after those that it waits for, and what the gate lets pass comes last", () => {
  expect(orderOf(visualAnalysis)).toEqual(["scrape", "screenshot", "dom", "analysis", GATE.name, "synthesis"]);
});

test("the order in which a template lists its steps doesn't matter", () => {
  const template = agentWorkflow({
    ...about,
    tasks: [
      { step: "synthesis", after: [GATE.name] },
      { step: "dom", after: ["scrape"] },
      { step: "analysis", after: ["scrape"] },
      { step: "scrape" },
    ],
    gate: { after: ["analysis"] },
  });
  expect(orderOf(template)).toEqual(["scrape", "dom", "analysis", GATE.name, "synthesis"]);
});

test("a graph that can't run is refused", () => {
  const template = agentWorkflow({ ...about, tasks: [{ step: "scrape" }, { step: "dom", after: ["scrape"] }] });
  const [main] = template.spec.templates;
  const circular = {
    ...main,
    name: "main",
    dag: { tasks: [{ name: "dom", template: "dom", depends: "scrape.Succeeded" }] },
  };
  expect(() => orderOf({ ...template, spec: { ...template.spec, templates: [circular] } })).toThrow(
    "dom can never run",
  );
});
