// The operator with its own rights against a real API server and the real policy engine; the test plays the workflow engine.
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { AgentWorkload, AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { approvalAdmissionBinding, approvalAdmissionPolicy } from "@agentic/api/approval.ts";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Workflow } from "../../../operator/argo.ts";
import { readConfig } from "../../../operator/config.ts";
import { buildWorkflow } from "../../../operator/decide/workflow.ts";
import { isStatus } from "../../../operator/kube/client.ts";
import { type Operator, startOperator } from "../../../operator/operator.ts";
import { type Cluster, startCluster, until } from "./cluster.ts";
import { type Opa, startOpa } from "./opa.ts";

const NAMESPACE = "tenant-demo";
const WORKLOADS = `/apis/agentic.io/v1alpha1/namespaces/${NAMESPACE}/agentworkloads`;

let cluster: Cluster;
let opa: Opa;
let operator: Operator;
let hooks: { server: Server; url: string; got: { headers: IncomingHttpHeaders; body: string }[]; answers: number[] };

async function start(env: NodeJS.ProcessEnv = {}): Promise<Operator> {
  const config = readConfig({
    PORT: "0",
    OPA_URL: opa.url,
    OPA_TIMEOUT_MS: "1000",
    LEASE_SECONDS: "3",
    NOTIFY_ALLOWED_HOSTS: new URL(hooks.url).host,
    ...env,
  });
  return startOperator(config, await cluster.operatorConnection(), pino({ level: process.env.LOG_LEVEL ?? "silent" }));
}

async function startHooks() {
  const got: (typeof hooks)["got"] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    got.push({ headers: request.headers, body });
    response.writeHead(answers.shift() ?? 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, got, answers, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

beforeAll(async () => {
  [cluster, opa, hooks] = await Promise.all([startCluster({ controllerManager: true }), startOpa(), startHooks()]);
  const admission = "/apis/admissionregistration.k8s.io/v1";
  await cluster.client.create(`${admission}/validatingadmissionpolicies`, approvalAdmissionPolicy());
  await cluster.client.create(`${admission}/validatingadmissionpolicybindings`, approvalAdmissionBinding());
  await cluster.tenant(NAMESPACE);
  await cluster.client.create(`/api/v1/namespaces/${NAMESPACE}/secrets`, {
    metadata: { name: "notify" },
    stringData: { key: "hook-key" },
  });
  operator = await start();
});

afterAll(async () => {
  await operator.stop();
  hooks.server.close();
  await opa.stop();
  await cluster.stop();
});

function create(name: string, spec: Partial<AgentWorkloadSpec> = {}, path = WORKLOADS): Promise<AgentWorkload> {
  return cluster.client.create(path, {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: { name },
    spec: { objective: "compare prices", targetUrls: ["https://example.com/"], ...spec },
  });
}

/** The workload's status once it satisfies. */
function status(
  name: string,
  holds: (status: AgentWorkloadStatus) => boolean,
  path = WORKLOADS,
): Promise<AgentWorkloadStatus> {
  let last: AgentWorkloadStatus = {};
  return until(`${name}: ${holds}`, async () => {
    last = (await cluster.client.get<AgentWorkload>(`${path}/${name}`)).status ?? {};
    return holds(last) ? last : undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(last)}`);
  });
}

function inPhase(name: string, phase: string, path = WORKLOADS): Promise<AgentWorkloadStatus> {
  return status(name, (now) => now.phase === phase, path);
}

function reason({ conditions }: AgentWorkloadStatus, type: string): string | undefined {
  return conditions?.find((condition) => condition.type === type)?.reason;
}

async function workflows(workload: string): Promise<Workflow[]> {
  const list = await cluster.client.get<{ items: Workflow[] }>(
    `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/workflows`,
    { labelSelector: `agentic.io/workload=${workload}` },
  );
  return list.items;
}

async function events(workload: string): Promise<string[]> {
  const list = await cluster.client.get<{ items: { reason: string }[] }>(`/api/v1/namespaces/${NAMESPACE}/events`, {
    fieldSelector: `involvedObject.name=${workload}`,
  });
  return list.items.map((event) => event.reason);
}

const SURE = { confidence: 0.97, findings: [{ severity: "low", url: "https://example.com/", text: "small print" }] };

describe("a workload", () => {
  it("runs to Completed, with its steps, artifacts and approval in its status", async () => {
    const made = await create("whole");
    const run = await cluster.runOf(made);
    expect(run.metadata.ownerReferences).toMatchObject([
      { kind: "AgentWorkload", name: "whole", uid: made.metadata.uid },
    ]);
    expect(run.spec.arguments?.parameters).toContainEqual({ name: "artifact_prefix", value: "job_whole" });
    const artifacts = { "raw_html.json": "s3://artifacts/job_whole/raw_html.json" };
    await cluster.play(run, {
      scrape: {
        phase: "Succeeded",
        outputs: { parameters: [{ name: "result", value: JSON.stringify({ artifacts }) }] },
      },
      analysis: { phase: "Running" },
    });
    expect(await status("whole", (now) => now.currentNode === "analysis")).toMatchObject({
      phase: "Running",
      argoPhase: "Running",
      nodes: { total: 2, succeeded: 1, failed: 0 },
      workflowArtifacts: artifacts,
    });
    await cluster.playGate(run, SURE);
    const gate = await cluster.untilDecided(run);
    expect(gate.outputs?.parameters).toMatchObject([{ name: "decision", value: "approve" }]);
    expect(gate.message).toBe("approved by opa: confidence 0.97 is at least the threshold 0.95");
    await cluster.finish(run, "Succeeded");
    const end = await inPhase("whole", "Completed");
    expect(end).toMatchObject({
      argoPhase: "Succeeded",
      approval: { decision: "Approved", by: "opa", confidence: 0.97 },
    });
    expect(reason(end, "Succeeded")).toBe("Completed");
    await until("its events", async () => {
      const told = await events("whole");
      return ["WorkflowCreated", "Approved", "Completed"].every((word) => told.includes(word)) ? true : undefined;
    });
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
    const run = await cluster.runOf(await create(name, spec));
    await cluster.playGate(run, analysis);
    const gate = await cluster.untilDecided(run);
    expect(gate.outputs?.parameters).toMatchObject([{ value: decision }]);
    expect(gate.message).toContain(text);
    await cluster.finish(run, "Succeeded");
    await inPhase(name, decision === "approve" ? "Completed" : "Denied");
  });

  it("that the policy doesn't let start is Denied, with the reason and no Workflow", async () => {
    await create("metadata", { targetUrls: ["http://169.254.169.254/latest/"] });
    const denied = await inPhase("metadata", "Denied");
    expect(denied.message).toContain("is a metadata service");
    expect(await workflows("metadata")).toEqual([]);
  });

  it("waits for a template that isn't there and goes on when it appears", async () => {
    const made = await create("early", { orchestration: { workflowTemplateRef: { name: "late-template" } } });
    const waiting = await inPhase("early", "Pending");
    expect(reason(waiting, "Accepted")).toBe("TemplateNotFound");
    await cluster.template(NAMESPACE, "late-template");
    expect((await cluster.runOf(made)).spec).toMatchObject({ workflowTemplateRef: { name: "late-template" } });
  });

  it("whose Workflow fails is Failed with the step's words, and is tried again as often as it says", async () => {
    const made = await create("again", { retry: { limit: 1, backoff: "1s" } });
    for (const attempt of [0, 1]) {
      const run = await cluster.runOf(made, attempt);
      await cluster.play(run, { scrape: { phase: "Failed", message: "Error (exit code 1)" } });
      await cluster.finish(run, "Failed", "child failed");
    }
    expect(await inPhase("again", "Failed")).toMatchObject({
      attempt: 1,
      message: "step scrape: Error (exit code 1) (run 2 of 2)",
    });
    expect(await workflows("again")).toHaveLength(2);
  });

  it("that takes too long is stopped and Failed with the reason", async () => {
    const run = await cluster.runOf(await create("slow", { timeouts: { execution: "1s" } }));
    await cluster.play(run, { scrape: { phase: "Running" } });
    const stopped = await until("the stop", async () => {
      const { spec } = await cluster.client.get<Workflow>(cluster.workflowPath(run));
      return spec.shutdown;
    });
    expect(stopped).toBe("Terminate");
    await cluster.finish(run, "Failed", "Stopped with strategy 'Terminate'");
    const failed = await inPhase("slow", "Failed");
    expect(reason(failed, "Finished")).toBe("DeadlineExceeded");
    expect(failed.message).toContain("longer than 1s (timeouts.execution), at step scrape");
  });

  it("that is suspended suspends its Workflow, and goes on with it", async () => {
    const run = await cluster.runOf(await create("paused"));
    const suspended = (wanted: boolean) =>
      until(`suspend ${wanted}`, async () => {
        const { spec } = await cluster.client.get<Workflow>(cluster.workflowPath(run));
        return (spec.suspend ?? false) === wanted ? true : undefined;
      });
    await cluster.client.mergePatch(`${WORKLOADS}/paused`, { spec: { suspend: true } });
    await suspended(true);
    await cluster.client.mergePatch(`${WORKLOADS}/paused`, { spec: { suspend: false } });
    await suspended(false);
  });

  it("is deleted with its Workflow when its time after the end is over", async () => {
    const run = await cluster.runOf(await create("gone", { ttlSecondsAfterFinished: 1 }));
    await cluster.finish(run, "Succeeded");
    const missing = (path: string) =>
      until(`${path} to go`, () =>
        cluster.client.get(path).then(
          () => undefined,
          (error: unknown) => (isStatus(error, 404) ? true : undefined),
        ),
      );
    await missing(`${WORKLOADS}/gone`);
    await missing(cluster.workflowPath(run));
  });

  it("whose Workflow somebody deletes is Failed and makes no second one", async () => {
    const run = await cluster.runOf(await create("lost"));
    await status("lost", (now) => now.argoWorkflow !== undefined);
    await cluster.client.delete(cluster.workflowPath(run));
    expect(reason(await inPhase("lost", "Failed"), "Finished")).toBe("WorkflowDeleted");
    expect(await workflows("lost")).toEqual([]);
  });

  it("outside the tenants' namespaces is told what the operator may not do", async () => {
    const path = "/apis/agentic.io/v1alpha1/namespaces/default/agentworkloads";
    await cluster.template("default");
    await cluster.client.create("/api/v1/namespaces/default/configmaps", {
      metadata: { name: "agentic-tenant" },
      data: { agent_image: "registry.local/agents:1" },
    });
    await create("elsewhere", {}, path);
    // Without a role there the operator can't even write the status; it must make nothing and go on with the others.
    await inPhase((await create("others")).metadata.name, "Pending");
    const list = await cluster.client.get<{ items: unknown[] }>(
      "/apis/argoproj.io/v1alpha1/namespaces/default/workflows",
    );
    expect(list.items).toEqual([]);
  });
});

describe("a person's answer", () => {
  it("decides the gate in mode manual, is taken off, and is not asked of the policy", async () => {
    const run = await cluster.runOf(await create("manual", { approval: { mode: "manual" } }));
    await cluster.playGate(run, { confidence: 0.1, findings: [] });
    await inPhase("manual", "AwaitingApproval");
    const annotations = {
      "agentic.io/approval": "approve",
      "agentic.io/approved-by": "admin",
      "agentic.io/approval-reason": "seen",
    };
    await cluster.client.mergePatch(`${WORKLOADS}/manual`, { metadata: { annotations } });
    expect((await cluster.untilDecided(run)).message).toBe("approved by admin: seen");
    await until("the annotations to go", async () => {
      const { metadata } = await cluster.client.get<AgentWorkload>(`${WORKLOADS}/manual`);
      return metadata.annotations?.["agentic.io/approval"] === undefined ? true : undefined;
    });
    await cluster.finish(run, "Succeeded");
    expect(await inPhase("manual", "Completed")).toMatchObject({
      approval: { by: "admin", reason: "seen", confidence: 0.1 },
    });
  });
});

describe("a webhook", () => {
  it("is told, signed, again until it takes it", async () => {
    hooks.answers.push(500);
    const spec = { notify: [{ url: hooks.url, events: ["Completed" as const], secretRef: {} }] };
    const run = await cluster.runOf(await create("told", spec));
    await cluster.finish(run, "Succeeded");
    await status("told", (now) => now.notifications?.[0]?.state === "Delivered");
    const mine = hooks.got.filter(({ body }) => body.includes('"told"'));
    expect(mine).toHaveLength(2);
    expect(mine[0]?.headers["x-agentic-delivery"]).toBe(mine[1]?.headers["x-agentic-delivery"]);
    for (const { headers, body } of mine) {
      const signed = createHmac("sha256", "hook-key").update(`${headers["x-agentic-timestamp"]}.${body}`).digest("hex");
      expect(headers["x-agentic-signature"]).toBe(`sha256=${signed}`);
      expect(JSON.parse(body)).toMatchObject({ event: "Completed", jobId: "told" });
    }
  });

  it("inside the cluster, or without readable key, is not told, and the status says why", async () => {
    const run = await cluster.runOf(
      await create("untold", {
        notify: [{ url: "https://10.96.0.1/" }, { url: hooks.url, secretRef: { name: "postgres" } }],
      }),
    );
    await cluster.finish(run, "Succeeded");
    const { notifications = [] } = await status(
      "untold",
      (now) => now.notifications?.every(({ state }) => state === "Failed") ?? false,
    );
    expect(notifications.map(({ message }) => message)).toEqual([
      "not sent: 10.96.0.1 is not a public address",
      "not sent: the operator may not read Secret postgres",
    ]);
  });
});

describe("the operator", () => {
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${operator.port}${path}`);
    return { code: response.status, text: await response.text() };
  };

  it("answers for its health, readiness and metrics", async () => {
    expect(await get("/healthz")).toEqual({ code: 200, text: "ok\n" });
    expect(await get("/readyz")).toEqual({ code: 200, text: "ok\n" });
    const { text } = await get("/metrics");
    expect(text).toMatch(/agentic_workflows_created_total \d+/);
    expect(text).toContain('agentic_workloads{phase="Completed"}');
    expect((await get("/else")).code).toBe(404);
  });

  it("takes over what another left: no second Workflow, the gate decided, the lease handed on at once", async () => {
    const made = await create("handed-over");
    const run = await cluster.runOf(made);
    await status("handed-over", (now) => now.argoWorkflow !== undefined);
    const second = await start();
    await operator.stop();
    await expect(operator.ended).resolves.toBe("stopped");
    await cluster.playGate(run, SURE);
    operator = second;
    await cluster.untilDecided(run);
    expect(await workflows("handed-over")).toHaveLength(1);
    await cluster.finish(run, "Succeeded");
    await inPhase("handed-over", "Completed");
  });

  it("adopts the Workflow that a crash left without a status", async () => {
    await operator.stop();
    const made = await create("crashed");
    await cluster.client.create(
      `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/workflows`,
      buildWorkflow(made, 0, []),
    );
    operator = await start();
    await status("crashed", (now) => now.argoWorkflow !== undefined);
    expect(await workflows("crashed")).toHaveLength(1);
  });

  it("allows nothing while the policy engine is away, and goes on when it is back", async () => {
    const waiting = await cluster.runOf(await create("at-the-gate"));
    const { port } = new URL(opa.url);
    await opa.stop();
    await cluster.playGate(waiting, SURE);
    const made = await create("no-policy");
    expect(reason(await inPhase("no-policy", "Pending"), "PolicyAvailable")).toBe("Unreachable");
    expect((await inPhase("at-the-gate", "AwaitingApproval")).approval?.decision).toBe("Pending");
    expect(await workflows("no-policy")).toEqual([]);
    opa = await startOpa(Number(port));
    await cluster.runOf(made);
    await cluster.untilDecided(waiting);
  });

  it("starts three hundred workloads, each once", { timeout: 60_000 }, async () => {
    await cluster.tenant("tenant-many");
    const path = "/apis/agentic.io/v1alpha1/namespaces/tenant-many/agentworkloads";
    await Promise.all(Array.from({ length: 300 }, (_, i) => create(`many-${i}`, {}, path)));
    const names = await until(
      "300 Workflows",
      async () => {
        const list = await cluster.client.get<{ items: Workflow[] }>(
          "/apis/argoproj.io/v1alpha1/namespaces/tenant-many/workflows",
        );
        return list.items.length >= 300
          ? list.items.map(({ metadata }) => metadata.labels?.["agentic.io/workload"])
          : undefined;
      },
      40_000,
    );
    expect(new Set(names).size).toBe(300);
    expect(names).toHaveLength(300);
  });
});
