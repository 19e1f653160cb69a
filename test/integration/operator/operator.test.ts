// The operator as a process among others: endpoints, hand-over, crashes, the policy engine away, many workloads, signals.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Workflow } from "../../../operator/argo.ts";
import { buildWorkflow } from "../../../operator/decide/workflow.ts";
import type { Operator } from "../../../operator/operator.ts";
import { until } from "./cluster.ts";
import { startOpa } from "./opa.ts";
import { NAMESPACE, reason, type Scene, SURE, startScene } from "./scene.ts";

let scene: Scene;
let operator: Operator;

beforeAll(async () => {
  scene = await startScene();
  operator = await scene.operator();
});

afterAll(() => scene?.stop());

/** The operator's process as in its pod: an account's files, no kubeconfig, no cache of compiled code. */
async function startProcess(dir: string, env: NodeJS.ProcessEnv = {}) {
  const { cluster } = scene;
  writeFileSync(join(dir, "token"), await cluster.token("agentic-system", "agentic-operator"));
  writeFileSync(join(dir, "ca.crt"), cluster.ca);
  const { hostname, port } = new URL(cluster.url);
  const child = spawn(process.execPath, ["--max-old-space-size=160", "operator/main.ts"], {
    env: {
      PATH: process.env.PATH,
      TMPDIR: dir,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      SERVICE_ACCOUNT_DIR: dir,
      OPA_URL: scene.opa.url,
      PORT: "0",
      LEASE_SECONDS: "3",
      ...env,
    },
  });
  let log = "";
  child.stdout.on("data", (text) => {
    log += text;
  });
  child.stderr.on("data", (text) => {
    log += text;
  });
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, exit, log: () => log };
}

describe("the operator's process", () => {
  const dir = mkdtempSync(join(tmpdir(), "operator-process-"));
  afterAll(() => rmSync(dir, { recursive: true }));

  it("takes over, works, and ends cleanly on SIGTERM with the lease handed back", async () => {
    await operator.stop();
    const workload = await scene.create("by-process");
    const { child, exit, log } = await startProcess(dir);
    await scene.cluster.runOf(workload);
    child.kill("SIGTERM");
    expect(await exit).toBe(0);
    const { spec } = await scene.cluster.client.get<{ spec: { holderIdentity: string } }>(
      "/apis/coordination.k8s.io/v1/namespaces/agentic-system/leases/agentic-operator",
    );
    expect(spec.holderIdentity).toBe("");
    const lines = log()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { msg: string; jobId?: string });
    expect(lines.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(["started", "leading", "created the Workflow", "stopping", "stopped"]),
    );
    expect(lines.find(({ msg }) => msg === "created the Workflow")?.jobId).toBe("by-process");
    operator = await scene.operator();
  });

  it("says what is wrong with its settings, and ends", async () => {
    const { exit, log } = await startProcess(dir, { OPA_URL: "opa", WORKERS: "none" });
    expect(await exit).toBe(1);
    expect(log()).toContain("OPA_URL must be an http(s) URL");
    expect(log()).toContain("WORKERS must be a whole number");
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
    expect(text).toMatch(/agentic_workloads\{phase="Pending",template="[^"]+",tenant="[^"]+"\} \d/);
    expect((await get("/else")).code).toBe(404);
  });

  it("takes over what another left: no second Workflow, the gate decided, the lease handed on at once", async () => {
    const workload = await scene.create("handed-over");
    const run = await scene.cluster.runOf(workload);
    await scene.status("handed-over", (now) => now.argoWorkflow !== undefined);
    const second = await scene.operator();
    await operator.stop();
    await expect(operator.ended).resolves.toBe("stopped");
    await scene.cluster.playGate(run, SURE);
    operator = second;
    await scene.cluster.untilDecided(run);
    expect(await scene.workflows("handed-over")).toHaveLength(1);
    await scene.cluster.finish(run, "Succeeded");
    await scene.inPhase("handed-over", "Completed");
  });

  it("adopts the Workflow that a crash left without a status", async () => {
    await operator.stop();
    const workload = await scene.create("crashed");
    await scene.cluster.client.create(
      `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/workflows`,
      buildWorkflow(workload, { attempt: 0, parameters: [] }),
    );
    operator = await scene.operator();
    await scene.status("crashed", (now) => now.argoWorkflow !== undefined);
    expect(await scene.workflows("crashed")).toHaveLength(1);
  });

  it("allows nothing while the policy engine is away, and goes on when it is back", async () => {
    const waiting = await scene.cluster.runOf(await scene.create("at-the-gate"));
    const { port } = new URL(scene.opa.url);
    await scene.opa.stop();
    await scene.cluster.playGate(waiting, SURE);
    const workload = await scene.create("no-policy");
    expect(reason(await scene.inPhase("no-policy", "Pending"), "PolicyAvailable")).toBe("Unreachable");
    expect((await scene.inPhase("at-the-gate", "AwaitingApproval")).approval?.decision).toBe("pending");
    expect(await scene.workflows("no-policy")).toEqual([]);
    scene.opa = await startOpa(Number(port));
    await scene.cluster.runOf(workload);
    await scene.cluster.untilDecided(waiting);
  });

  it("starts three hundred workloads, each once", { timeout: 60_000 }, async () => {
    await scene.cluster.tenant("tenant-many");
    const path = "/apis/agentic.io/v1alpha1/namespaces/tenant-many/agentworkloads";
    await Promise.all(Array.from({ length: 300 }, (_, i) => scene.create(`many-${i}`, {}, path)));
    const names = await until(
      "300 Workflows",
      async () => {
        const list = await scene.cluster.client.get<{ items: Workflow[] }>(
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
