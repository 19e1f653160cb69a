// The operator's decision with the real template on the engine's core, in virtual time: a whole run without a cluster.
import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { describe, expect, it } from "vitest";
import {
  type WorkflowTemplate as EngineTemplate,
  type Workflow as EngineWorkflow,
  emptyLibrary,
} from "../../../embedded/engine/core/types.ts";
import type { Workflow, WorkflowTemplate } from "../../../operator/argo.ts";
import { mergeDiff } from "../../../operator/controller/patch.ts";
import { decide } from "../../../operator/decide/decide.ts";
import type { Observed, PolicyAnswer } from "../../../operator/decide/types.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";
import { byNode, SimulatedCluster as Cluster, type Script } from "../engine/simulated-cluster.ts";
import { merge } from "../kube/merge.ts";
import { ALLOWED, START, TENANT, workload } from "./observed.ts";

const library = { ...emptyLibrary, workflowTemplate: () => visualAnalysis as unknown as EngineTemplate };

/** Plays the workload to its end: engine and operator take turns, each seeing what the other left. */
function play(
  spec: Partial<AgentWorkloadSpec>,
  scripts: Record<string, Script | Script[]>,
  gate: PolicyAnswer,
  person?: Record<string, string>,
) {
  let subject: AgentWorkload = workload(spec);
  let cluster: Cluster | undefined;
  const phases: string[] = [];
  const questions: unknown[] = [];
  const reconcileOnce = (): boolean => {
    let acted = false;
    const answers: Observed["answers"] = {};
    for (;;) {
      const runs = cluster ? [cluster.workflow as unknown as Workflow] : [];
      const now = cluster?.now ?? START;
      const template = visualAnalysis as WorkflowTemplate;
      const decision = decide({ workload: subject, runs, template, tenant: TENANT, answers, deliveries: [], now });
      if (decision.ask) {
        if (decision.ask.rule === "gate") questions.push(decision.ask.input);
        answers[decision.ask.rule] = decision.ask.rule === "gate" ? gate : ALLOWED;
        continue;
      }
      const [action] = decision.actions;
      if (action?.kind === "create") {
        const metadata = { ...action.workflow.metadata, uid: "run", creationTimestamp: "2026-01-01T00:00:00Z" };
        cluster = new Cluster({ ...action.workflow, metadata } as EngineWorkflow, byNode(scripts), library);
        acted = true;
        continue;
      }
      if (action?.kind === "patch" && cluster) {
        cluster.workflow = merge(cluster.workflow, action.patch) as EngineWorkflow;
        acted = true;
        continue;
      }
      if (mergeDiff(subject.status ?? {}, decision.status)) subject = { ...subject, status: decision.status };
      if (phases.at(-1) !== decision.status.phase) phases.push(decision.status.phase ?? "");
      const annotations = person && decision.status.phase === "AwaitingApproval" ? person : undefined;
      if (annotations && !subject.metadata.annotations) {
        subject = { ...subject, metadata: { ...subject.metadata, annotations } };
        continue;
      }
      return acted;
    }
  };
  reconcileOnce();
  // The engine stops at each pass that changed something, so that the operator sees it as by its watch.
  for (let turn = 0; turn < 500 && !isFinal(subject.status?.phase); turn++) {
    let passes = 0;
    cluster?.run(() => reconcileOnce() || isFinal(subject.status?.phase) || ++passes > 50);
    reconcileOnce();
  }
  return { status: subject.status ?? {}, phases, questions, cluster };
}

const resultOf = (artifacts: Record<string, string>, more: object = {}) => ({
  seconds: 5,
  output: JSON.stringify({ artifacts, ...more }),
});
const steps = (confidence: number): Record<string, Script> => ({
  "scrape(0)": resultOf({ raw: "s3://demo/job_prices/raw_html.json" }),
  "screenshot(0)": resultOf({ shot: "s3://demo/job_prices/screenshots/0.png" }),
  "dom(0)": resultOf({ dom: "s3://demo/job_prices/dom_structures.json" }),
  "analysis(0)": resultOf(
    { analysis: "s3://demo/job_prices/analysis.json" },
    { confidence, findings: [], reasons: ["read"] },
  ),
  "synthesis(0)": resultOf({ report: "s3://demo/job_prices/report.md" }),
});

describe("a workload on the engine with visual-analysis-template", () => {
  it("is Completed with every artifact when the policy approves", () => {
    const { status, phases, questions } = play({}, steps(0.98), { ok: true, allow: true, reasons: ["sure"] });
    expect(questions).toMatchObject([{ confidence: 0.98, findings: [], reasons: ["read"] }]);
    expect(status).toMatchObject({
      phase: "Completed",
      argoPhase: "Succeeded",
      approval: { decision: "approve", by: "opa" },
    });
    expect(Object.keys(status.workflowArtifacts ?? {}).sort()).toEqual(["analysis", "dom", "raw", "report", "shot"]);
    expect(status.nodes).toEqual({ total: 6, succeeded: 6, failed: 0 });
    expect(phases).toEqual(["Pending", "Running", "Completed"]);
  });

  it("has pods that are found by the workload's name", () => {
    const { pods } = play({}, steps(1), ALLOWED).cluster ?? { pods: new Map() };
    const labels = [...pods.values()].map(({ pod }) => pod.metadata.labels ?? {});
    expect(labels.length).toBeGreaterThan(0);
    for (const label of labels)
      expect(label).toMatchObject({ "agentic.io/workload": "prices", "agentic.io/component": "agent" });
  });

  it("is Denied without a report when the policy refuses", () => {
    const { status, cluster } = play({}, steps(0.5), { ok: true, allow: false, reasons: ["weak"] });
    expect(status).toMatchObject({ phase: "Denied", message: "denied by opa: weak", approval: { confidence: 0.5 } });
    expect(status.workflowArtifacts).not.toHaveProperty("report");
    expect(cluster?.created.some((pod) => pod.includes("synthesis"))).toBe(false);
  });

  it("is Denied when the policy engine says nothing until the gate's time is up", () => {
    const { status, phases } = play({ approval: { timeout: "10m" } }, steps(0.98), { ok: false, error: "down" });
    expect(phases).toContain("AwaitingApproval");
    expect(status).toMatchObject({ phase: "Denied", approval: { decision: "deny", by: "timeout" } });
  });

  it("is Completed when a person approves", () => {
    const person = { "agentic.io/approval": "approve", "agentic.io/approved-by": "ann" };
    const { status, phases, questions } = play({ approval: { mode: "manual" } }, steps(0.1), ALLOWED, person);
    expect(questions).toMatchObject([{ confidence: 0.1 }]);
    expect(phases).toContain("AwaitingApproval");
    expect(status).toMatchObject({ phase: "Completed", approval: { by: "ann", policy: { allow: true } } });
  });

  it("is Failed with the words of the step's last attempt", () => {
    const scripts = { ...steps(1), "scrape(0)": { exitCode: 75 }, "scrape(1)": { exitCode: 1 } };
    const { status } = play({}, scripts, ALLOWED);
    expect(status.phase).toBe("Failed");
    expect(status.message).toMatch(/^step scrape: .*exit code 1\)/);
    expect(status.nodes).toEqual({ total: 1, succeeded: 0, failed: 1 });
  });

  it("goes on where a transient failure passes", () => {
    const scripts = { ...steps(1), "dom(0)": { exitCode: 75 }, "dom(1)": resultOf({ dom: "s3://demo/d" }) };
    expect(play({}, scripts, ALLOWED).status).toMatchObject({ phase: "Completed", nodes: { failed: 0 } });
  });

  it("is stopped when its steps take longer than they may, and says at which", () => {
    // Virtual time goes from event to event: the end of dom is when the operator looks.
    const scripts = { ...steps(1), "analysis(0)": { seconds: 800 }, "dom(0)": { ...resultOf({}), seconds: 70 } };
    const { status, cluster } = play({ timeouts: { execution: "60s" } }, scripts, ALLOWED);
    expect(status.message).toBe("the steps took longer than 60s (timeouts.execution), at step analysis");
    expect(status.conditions?.find(({ type }) => type === "Finished")?.reason).toBe("DeadlineExceeded");
    expect(cluster?.workflow.status?.phase).toBe("Failed");
  });
});
