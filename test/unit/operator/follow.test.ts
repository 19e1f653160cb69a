// A workload that has a Workflow: its status, and what is done while it runs.
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { WorkflowNode } from "../../../operator/argo.ts";
import { decide } from "../../../operator/decide/decide.ts";
import {
  ALLOWED,
  condition,
  decided,
  gate,
  observed,
  run,
  START,
  settledDecision,
  timeAt,
  workload,
} from "./observed.ts";

const DONE = { phase: "Succeeded", startedAt: timeAt(2), finishedAt: timeAt(5) };

describe("a workload with a Workflow", () => {
  it("is Pending until the Workflow starts", () => {
    const subject = workload();
    const decision = decide(observed({ workload: subject, runs: [run(subject)] }));
    expect(decision.status).toMatchObject({
      phase: "Pending",
      argoPhase: "Pending",
      argoWorkflow: { uid: "wf-0", createdAt: timeAt(1) },
    });
    expect(decision.status.startedAt).toBeUndefined();
    expect(condition(decision, "Accepted")).toEqual({ status: "True", reason: "Started" });
    expect(decision.wakeAt).toBe(START + 301_000);
  });

  it("shows the steps, their counts and artifacts", () => {
    const subject = workload();
    const result = (artifacts: Record<string, string>) => ({
      parameters: [{ name: "result", value: JSON.stringify({ artifacts }) }],
    });
    const nodes: Partial<WorkflowNode>[] = [
      { displayName: "prices", type: "DAG" },
      {
        displayName: "scrape",
        type: "Retry",
        ...DONE,
        outputs: result({ "raw_html.json": "s3://demo/job_prices/raw_html.json" }),
      },
      { displayName: "scrape(0)", phase: "Failed", nodeFlag: { retried: true }, startedAt: timeAt(2) },
      { displayName: "scrape(1)", ...DONE, nodeFlag: { retried: true } },
      { displayName: "dom", startedAt: timeAt(6) },
      { displayName: "analysis", startedAt: timeAt(6) },
      { displayName: "notes", ...DONE, outputs: result({ odd: "http://elsewhere/x", ok: "s3://demo/y" }) },
      { displayName: "broken", ...DONE, outputs: { parameters: [{ name: "result", value: "not json" }] } },
    ];
    const decision = decide(observed({ workload: subject, runs: [run(subject, nodes)] }));
    expect(decision.status).toMatchObject({
      phase: "Running",
      argoPhase: "Running",
      currentNode: "analysis, dom",
      nodes: { total: 5, succeeded: 3, failed: 0 },
      startedAt: timeAt(2),
      message: "running: analysis, dom",
    });
    expect(decision.status.workflowArtifacts).toEqual({
      "raw_html.json": "s3://demo/job_prices/raw_html.json",
      ok: "s3://demo/y",
    });
  });

  describe("with more artifacts than a step can name", () => {
    const shots = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`screenshot_${i}`, `s3://demo/j/${i}.png`]));
    const manifest = {
      uri: "s3://demo/j/manifests/u/screenshot.json",
      digest: `sha256:${"a".repeat(64)}`,
      count: 100,
      bytes: 9,
    };
    const result = (value: object) => ({ parameters: [{ name: "result", value: JSON.stringify(value) }] });
    const subject = workload();
    const nodes: Partial<WorkflowNode>[] = [
      { displayName: "scrape", ...DONE, outputs: result({ artifacts: { raw_html: "s3://demo/j/raw_html.json" } }) },
      { displayName: "screenshot", type: "Retry", ...DONE, outputs: result({ artifacts: shots, manifest }) },
      {
        displayName: "screenshot(0)",
        ...DONE,
        nodeFlag: { retried: true },
        outputs: result({ artifacts: shots, manifest }),
      },
    ];

    it("says how many there are and where all are named", () => {
      const { status } = decide(observed({ workload: subject, runs: [run(subject, nodes)] }));
      expect(status.artifacts).toEqual({
        ...{ total: 101, named: 65 },
        manifests: { screenshot: manifest.uri },
        digests: { screenshot: manifest.digest },
      });
    });

    it("says so at the end, too", () => {
      const ended = run(subject, nodes, { phase: "Succeeded" });
      expect(decide(observed({ workload: subject, runs: [ended] })).status.message).toBe(
        "every step is done; status names 65 of 101 artifacts, the manifests of status.artifacts name all",
      );
    });

    it("counts what is named where a step has no manifest, or a broken one", () => {
      for (const manifestFields of [
        {},
        { manifest: { uri: "http://x", count: -1 } },
        { manifest: { uri: 1, count: "9", digest: "x" } },
      ]) {
        const node = { displayName: "screenshot", ...DONE, outputs: result({ artifacts: shots, ...manifestFields }) };
        const { status } = decide(observed({ workload: subject, runs: [run(subject, [node])] }));
        expect(status.artifacts).toEqual({ total: 64, named: 64 });
      }
    });
  });

  it("settles: deciding again on the same objects changes nothing", () => {
    const subject = workload();
    for (const nodes of [[], [{ displayName: "scrape" }], [decided("approve", "approved by opa: fine")]]) {
      const { first, second } = settledDecision(observed({ workload: subject, runs: [run(subject, nodes)] }));
      expect(second.status).toEqual(first.status);
      expect(second.events).toEqual([]);
      expect(second.actions).toEqual([]);
    }
  });

  it("reads nodes that Argo has compressed, and decides a gate among them", () => {
    const subject = workload();
    const plain = run(subject, [gate({ confidence: 0.99 }), { displayName: "scrape", ...DONE }]);
    const nodes = plain.status?.nodes ?? {};
    const compressed = {
      ...plain,
      status: { phase: "Running", compressedNodes: gzipSync(JSON.stringify(nodes)).toString("base64") },
    };
    const decision = decide(observed({ workload: subject, runs: [compressed], answers: { gate: ALLOWED } }));
    const [action] = decision.actions;
    const patch = (action?.kind === "patch" ? action.patch : {}) as { status: { compressedNodes: string } };
    const after = JSON.parse(gunzipSync(Buffer.from(patch.status.compressedNodes, "base64")).toString()) as Record<
      string,
      WorkflowNode
    >;
    expect(after.gate).toMatchObject({ phase: "Succeeded", type: "Suspend" });
    expect(after["n-1"]).toEqual(nodes["n-1"]);
  });

  it("is Completed when every step is done", () => {
    const subject = workload();
    const over = run(subject, [decided("approve", "approved by opa: sure")], {
      phase: "Succeeded",
      finishedAt: timeAt(99),
    });
    const decision = decide(observed({ workload: subject, runs: [over] }));
    expect(decision.status).toMatchObject({ phase: "Completed", argoPhase: "Succeeded", completedAt: timeAt(1) });
    expect(condition(decision, "Succeeded")).toEqual({ status: "True", reason: "Completed" });
    expect(decision.status.currentNode).toBeUndefined();
  });

  it("fails with the words of the step that failed", () => {
    const subject = workload();
    const failedNode = { displayName: "scrape", phase: "Failed", message: "Error (exit code 1)" };
    const decision = decide(
      observed({ workload: subject, runs: [run(subject, [failedNode], { phase: "Failed", message: "child failed" })] }),
    );
    expect(decision.status).toMatchObject({ phase: "Failed", message: "step scrape: Error (exit code 1)" });
    expect(condition(decision, "Finished")).toEqual({ status: "True", reason: "WorkflowFailed" });
  });

  it("fails with the engine's words where no step did", () => {
    const subject = workload();
    const decision = decide(
      observed({ workload: subject, runs: [run(subject, [], { phase: "Error", message: "invalid spec" })] }),
    );
    expect(decision.status).toMatchObject({ phase: "Failed", argoPhase: "Error", message: "invalid spec" });
  });

  it("follows spec.suspend both ways", () => {
    const suspended = workload({ suspend: true });
    const first = decide(observed({ workload: suspended, runs: [run(suspended, [{ displayName: "scrape" }])] }));
    // The engine's own deadline must not end what is to wait.
    expect(first.actions).toEqual([
      expect.objectContaining({
        why: "suspend",
        patch: { spec: { suspend: true, activeDeadlineSeconds: 31_536_000 }, metadata: { resourceVersion: "77" } },
      }),
    ]);
    const unsuspended = workload();
    const second = decide(
      observed({
        workload: unsuspended,
        runs: [run(unsuspended, [{ displayName: "scrape" }], { spec: { suspend: true } })],
      }),
    );
    expect(second.actions).toEqual([
      expect.objectContaining({
        patch: { spec: { suspend: null, activeDeadlineSeconds: 2100 }, metadata: { resourceVersion: "77" } },
      }),
    ]);
    expect(second.status.argoPhase).toBe("Suspended");
  });
});
