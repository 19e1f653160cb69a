// A workload's life with the real operator, API server and policy engine; the test plays the workflow engine.
import { createHmac } from "node:crypto";
import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isStatus } from "../../../kube/client/api-error.ts";
import type { Workflow } from "../../../operator/argo.ts";
import { buildWorkflow } from "../../../operator/decide/workflow.ts";
import type { Operator } from "../../../operator/operator.ts";
import { RecordedRights } from "../rights.ts";
import { until } from "./cluster.ts";
import { NAMESPACE, reason, type Scene, SURE, startScene, WORKLOADS } from "./scene.ts";
import { scheduleLife } from "./schedule-cases.ts";
import { operatorRules, unusedRights } from "./unused-rights.ts";

let scene: Scene;
const rights = new RecordedRights("system:serviceaccount:agentic-system:agentic-operator");
let operator: Operator;

beforeAll(async () => {
  scene = await startScene({ controllerManager: true, flags: rights.flags });
  operator = await scene.operator();
});

afterAll(async () => {
  await scene?.stop();
  rights.remove();
});

describe("a workload", () => {
  it("runs to Completed, with its steps, artifacts and approval in its status", async () => {
    const workload = await scene.create("whole");
    const run = await scene.cluster.runOf(workload);
    expect(run.metadata.ownerReferences).toMatchObject([
      { kind: "AgentWorkload", name: "whole", uid: workload.metadata.uid },
    ]);
    expect(run.spec.arguments?.parameters).toContainEqual({ name: "artifact_prefix", value: "job_whole" });
    const artifacts = { "raw_html.json": "s3://artifacts/job_whole/raw_html.json" };
    const outputs = { parameters: [{ name: "result", value: JSON.stringify({ artifacts }) }] };
    await scene.cluster.play(run, { scrape: { phase: "Succeeded", outputs }, analysis: { phase: "Running" } });
    expect(await scene.status("whole", (now) => now.currentNode === "analysis")).toMatchObject({
      phase: "Running",
      argoPhase: "Running",
      nodes: { total: 2, succeeded: 1, failed: 0 },
      workflowArtifacts: artifacts,
    });
    await scene.cluster.playGate(run, SURE);
    const gate = await scene.cluster.untilDecided(run);
    expect(gate.outputs?.parameters).toMatchObject([{ name: "decision", value: "approve" }, { name: "evidence" }]);
    expect(gate.message).toBe("approved by opa: confidence 0.97 is at least the threshold 0.95");
    await scene.cluster.finish(run, "Succeeded");
    const end = await scene.inPhase("whole", "Completed");
    expect(end).toMatchObject({
      argoPhase: "Succeeded",
      approval: { decision: "approve", by: "opa", confidence: 0.97 },
    });
    expect(reason(end, "Succeeded")).toBe("Completed");
    await until("its events", async () => {
      const events = await scene.events("whole");
      return ["WorkflowCreated", "Approved", "Completed"].every((word) => events.includes(word)) ? true : undefined;
    });
  });

  it("with as much as admission takes runs as any other: its spec is read where the cache has no room for it", async () => {
    const urls = Array.from({ length: 60 }, (_, i) => `https://example.com/${i}/${"a".repeat(2000)}`);
    const workload = await scene.create("large", { targetUrls: urls, parameters: { depth: "d".repeat(65_000) } });
    const run = await scene.cluster.runOf(workload);
    expect(run.spec.arguments?.parameters).toContainEqual({ name: "target_urls", value: JSON.stringify(urls) });
    expect(run.spec.arguments?.parameters).toContainEqual({ name: "depth", value: "d".repeat(65_000) });
    await scene.cluster.playGate(run, SURE);
    await scene.cluster.untilDecided(run);
    await scene.cluster.finish(run, "Succeeded");
    await scene.inPhase("large", "Completed");
  });

  it.each<[string, Partial<AgentWorkloadSpec>, unknown, string, string]>([
    ["low confidence", {}, { confidence: 0.5, findings: [] }, "deny", "below the threshold"],
    ["no confidence", {}, { findings: [] }, "deny", "no confidence"],
    [
      "a high finding under strict",
      {},
      { confidence: 1, findings: [{ severity: "high", text: "fraud" }] },
      "deny",
      "fraud",
    ],
    [
      "a high finding under permissive",
      { approval: { policy: "permissive" } },
      { confidence: 1, findings: [{ severity: "high", text: "fraud" }] },
      "approve",
      "at least",
    ],
    [
      "a lower threshold",
      { approval: { threshold: "0.50" } },
      { confidence: 0.5, findings: [] },
      "approve",
      "at least",
    ],
  ])("with %s gets the policy's answer at the gate", async (title, spec, analysis, decision, text) => {
    const name = title.replaceAll(" ", "-");
    const run = await scene.cluster.runOf(await scene.create(name, spec));
    await scene.cluster.playGate(run, analysis);
    const gate = await scene.cluster.untilDecided(run);
    expect(gate.outputs?.parameters?.[0]).toMatchObject({ value: decision });
    expect(gate.message).toContain(text);
    await scene.cluster.finish(run, "Succeeded");
    await scene.inPhase(name, decision === "approve" ? "Completed" : "Denied");
  });

  it("that the policy doesn't let start is Denied, with the reason and no Workflow", async () => {
    await scene.create("metadata", { targetUrls: ["http://169.254.169.254/latest/"] });
    const denied = await scene.inPhase("metadata", "Denied");
    expect(denied.message).toContain("is a metadata service");
    expect(await scene.workflows("metadata")).toEqual([]);
  });

  it("waits for a template that isn't there and goes on when it appears", async () => {
    const workload = await scene.create("early", { orchestration: { workflowTemplateRef: { name: "late-template" } } });
    const waiting = await scene.inPhase("early", "Pending");
    expect(reason(waiting, "Accepted")).toBe("TemplateNotFound");
    await scene.cluster.template(NAMESPACE, "late-template");
    expect((await scene.cluster.runOf(workload)).spec).toMatchObject({
      workflowTemplateRef: { name: "late-template" },
    });
  });

  it("whose Workflow fails is Failed with the step's words, and is tried again as often as it says", async () => {
    const workload = await scene.create("again", { retry: { limit: 1, backoff: "1s" } });
    for (const attempt of [0, 1]) {
      const run = await scene.cluster.runOf(workload, attempt);
      const message = attempt === 0 ? "main: OOMKilled (exit code 137)" : "main: Error (exit code 1): no such page";
      await scene.cluster.play(run, { scrape: { phase: "Failed", message } });
      await scene.cluster.finish(run, "Failed", "child failed");
    }
    expect(await scene.inPhase("again", "Failed")).toMatchObject({
      attempt: 1,
      message: "step scrape: main: Error (exit code 1): no such page (run 2 of 2)",
      failure: { kind: "StepFailed", step: "scrape", exitCode: 1, attempt: 1 },
    });
    expect(await scene.workflows("again")).toHaveLength(2);
    const metrics = await (await fetch(`http://127.0.0.1:${operator.port}/metrics`)).text();
    for (const kind of ["OutOfMemory", "StepFailed"])
      expect(metrics).toContain(`agentic_run_failures_total{kind="${kind}"} 1`);
    expect(metrics).toContain('agentic_run_retries_total{kind="OutOfMemory"} 1');
    expect(metrics).toMatch(
      /agentic_workloads_finished_total\{[^}]*phase="Failed",reason="WorkflowFailed",fault="workload"\} 1/,
    );
  });

  it("that takes too long is stopped and Failed with the reason", async () => {
    const run = await scene.cluster.runOf(await scene.create("slow", { timeouts: { execution: "1s" } }));
    await scene.cluster.play(run, { scrape: { phase: "Running" } });
    const shutdown = await until("the stop", async () => {
      const { spec } = await scene.cluster.client.get<Workflow>(scene.cluster.workflowPath(run));
      return spec.shutdown;
    });
    expect(shutdown).toBe("Terminate");
    await scene.cluster.finish(run, "Failed", "Stopped with strategy 'Terminate'");
    const status = await scene.inPhase("slow", "Failed");
    expect(reason(status, "Finished")).toBe("DeadlineExceeded");
    expect(status.message).toContain("longer than 1s (timeouts.execution), at step scrape");
  });

  it("whose Workflow's name is taken says so, and goes on when it is free", async () => {
    const workload = await scene.create("taken", { suspend: true });
    const { workflowTemplateRef } = buildWorkflow(workload, { attempt: 0, parameters: [] }).spec;
    const foreign = { ...buildWorkflow(workload, { attempt: 0, parameters: [] }), spec: { workflowTemplateRef } };
    foreign.metadata = { name: foreign.metadata.name };
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/workflows`;
    await scene.cluster.client.create(path, foreign);
    await scene.cluster.client.patch(`${WORKLOADS}/taken`, { spec: { suspend: false } });
    const status = await scene.status("taken", (now) => reason(now, "Accepted") === "WorkflowRefused");
    expect(status.message).toContain("exists already and belongs to another owner; delete it");
    await scene.cluster.client.delete(`${path}/${foreign.metadata.name}`);
    await scene.status("taken", (now) => now.argoWorkflow !== undefined);
  });

  it("with another's job id waits for that one's end, and then runs under its own identity", async () => {
    const workloads = await Promise.all(["twin-a", "twin-b"].map((name) => scene.create(name, { jobId: "shared" })));
    const started = await until("the first Workflow", async () => {
      const all = await Promise.all(workloads.map(({ metadata }) => scene.workflows(metadata.name)));
      const index = all.findIndex((runs) => runs.length > 0);
      return index < 0 ? undefined : index;
    });
    const [first, second] = started === 0 ? workloads : workloads.toReversed();
    if (!first || !second) throw new Error("no two workloads");
    const waiting = await scene.status(second.metadata.name, (now) => reason(now, "Accepted") === "ArtifactsInUse");
    expect(waiting).toMatchObject({ phase: "Pending" });
    expect(waiting.message).toContain(`AgentWorkload ${first.metadata.name} has the same job id`);
    expect(await scene.workflows(second.metadata.name)).toEqual([]);
    await scene.cluster.finish(await scene.cluster.runOf(first), "Succeeded");
    const run = await scene.cluster.runOf(second);
    const runId = run.spec.arguments?.parameters?.find(({ name }) => name === "run_id")?.value;
    expect(runId).toBe(second.metadata.uid);
    await scene.cluster.finish(run, "Succeeded");
    await scene.inPhase(second.metadata.name, "Completed");
  });

  it("that is suspended suspends its Workflow, and goes on with it", async () => {
    const run = await scene.cluster.runOf(await scene.create("paused"));
    const suspended = (isSuspended: boolean) =>
      until(`suspend ${isSuspended}`, async () => {
        const { spec } = await scene.cluster.client.get<Workflow>(scene.cluster.workflowPath(run));
        return (spec.suspend ?? false) === isSuspended ? true : undefined;
      });
    await scene.cluster.client.patch(`${WORKLOADS}/paused`, { spec: { suspend: true } });
    expect(await suspended(true)).toBe(true);
    await scene.cluster.client.patch(`${WORKLOADS}/paused`, { spec: { suspend: false } });
    expect(await suspended(false)).toBe(true);
  });

  it("is deleted with its Workflow after ttlSecondsAfterFinished", async () => {
    const run = await scene.cluster.runOf(await scene.create("gone", { ttlSecondsAfterFinished: 1 }));
    await scene.cluster.finish(run, "Succeeded");
    const missing = (path: string) =>
      until(`${path} to go`, () =>
        scene.cluster.client.get(path).then(
          () => undefined,
          (error: unknown) => (isStatus(error, 404) ? true : undefined),
        ),
      );
    expect(await missing(`${WORKLOADS}/gone`)).toBe(true);
    expect(await missing(scene.cluster.workflowPath(run))).toBe(true);
  });

  it("whose Workflow somebody deletes is Failed and makes no second one", async () => {
    const run = await scene.cluster.runOf(await scene.create("lost"));
    await scene.status("lost", (now) => now.argoWorkflow !== undefined);
    await scene.cluster.client.delete(scene.cluster.workflowPath(run));
    expect(reason(await scene.inPhase("lost", "Failed"), "Finished")).toBe("WorkflowDeleted");
    expect(await scene.workflows("lost")).toEqual([]);
  });
});

describe("a person's answer", () => {
  it("decides the gate in mode manual, is taken off, and is not asked of the policy", async () => {
    const run = await scene.cluster.runOf(await scene.create("manual", { approval: { mode: "manual" } }));
    await scene.cluster.playGate(run, { confidence: 0.1, findings: [] });
    await scene.inPhase("manual", "AwaitingApproval");
    const annotations = {
      "agentic.io/approval": "approve",
      "agentic.io/approved-by": "admin",
      "agentic.io/approval-reason": "seen",
    };
    await scene.cluster.client.patch(`${WORKLOADS}/manual`, { metadata: { annotations } });
    expect((await scene.cluster.untilDecided(run)).message).toBe("approved by admin: seen");
    await until("the annotations to go", async () => {
      const { metadata } = await scene.cluster.client.get<AgentWorkload>(`${WORKLOADS}/manual`);
      return metadata.annotations?.["agentic.io/approval"] === undefined ? true : undefined;
    });
    await scene.cluster.finish(run, "Succeeded");
    expect(await scene.inPhase("manual", "Completed")).toMatchObject({
      approval: { by: "admin", reason: "seen", confidence: 0.1 },
    });
  });
});

describe("a webhook", () => {
  it("is told, signed, again until it takes it", async () => {
    scene.hook.answers.push(500);
    const spec = { notify: [{ url: scene.hook.url, events: ["Completed" as const], secretRef: {} }] };
    const run = await scene.cluster.runOf(await scene.create("told", spec));
    await scene.cluster.finish(run, "Succeeded");
    await scene.status("told", (now) => now.notifications?.[0]?.state === "Delivered");
    const ownEvents = scene.hook.got.filter(({ body }) => body.includes('"told"'));
    expect(ownEvents).toHaveLength(2);
    expect(ownEvents[0]?.headers["x-agentic-delivery"]).toBe(ownEvents[1]?.headers["x-agentic-delivery"]);
    for (const { headers, body } of ownEvents) {
      const signed = createHmac("sha256", "hook-key").update(`${headers["x-agentic-timestamp"]}.${body}`).digest("hex");
      expect(headers["x-agentic-signature"]).toBe(`sha256=${signed}`);
      expect(JSON.parse(body)).toMatchObject({
        delivery: headers["x-agentic-delivery"],
        event: "Completed",
        jobId: "told",
      });
    }
  });

  it("inside the cluster, or without readable key, is not told, and the status says why", async () => {
    const notify = [{ url: "https://10.96.0.1/" }, { url: scene.hook.url, secretRef: { name: "postgres" } }];
    const run = await scene.cluster.runOf(await scene.create("untold", { notify }));
    await scene.cluster.finish(run, "Succeeded");
    const { notifications = [] } = await scene.status(
      "untold",
      (now) => now.notifications?.every(({ state }) => state === "Failed") ?? false,
    );
    expect(notifications.map(({ message }) => message)).toEqual([
      "not sent: 10.96.0.1 is not a public address",
      "not sent: the operator may not read Secret postgres",
    ]);
  });
});

scheduleLife(() => scene);

it("has no right that it neither uses nor has a reason for", () => {
  expect(rights.unexplained(operatorRules, unusedRights)).toEqual([]);
});
