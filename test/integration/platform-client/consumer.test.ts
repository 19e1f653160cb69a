// The consumer's example against a real API server: its own program, the deployer, and a platform's recorded outputs.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { agentScheduleCrd } from "@agentic/api/agentschedule.ts";
import { agentWorkloadCrd } from "@agentic/api/crd.ts";
import { ARGO } from "@agentic/api/names.ts";
import { CONTRACT_VERSION, SECRET_OUTPUTS } from "@agentic/api/outputs.ts";
import { selfContained } from "@agentic/kube/kubeconfig/self-contained.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type DeployEvent,
  destroy,
  policy,
  preview,
  readOutputs,
  renderTo,
  type StackOptions,
  up,
} from "../../../embedded/deploy/deploy.ts";
import { Cluster, type KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { clusterStore, emptyState } from "../../../embedded/deploy/state.ts";
import { nonEmpty } from "../../non-empty.ts";
import { platformOutputs } from "../../unit/platform-client/stacks.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { openDefinition } from "../definitions.ts";

const run = promisify(execFile);
const directory = join(import.meta.dirname, "../../../examples/consumer");
const manager = { manager: "test", force: true };
const workload = {
  apiVersion: "agentic.io/v1alpha1",
  kind: "AgentWorkload",
  namespace: "tenant-acme",
  name: "kettle-prices",
};

let server: ApiServer;
let cluster: Cluster;
let outputs: Record<string, unknown>;
let events: DeployEvent[];
let folder: string;

const options = (config: Record<string, unknown> = {}): StackOptions => {
  events = [];
  return { directory, stack: "test", kubeconfig: server.kubeconfig, config, on: (event) => events.push(event) };
};

/** Keeps the outputs of a platform's stack as its `up` would. */
async function keep(stack: string, values: Record<string, unknown>): Promise<void> {
  const secretPaths = [
    ["kubeconfig"],
    ["tenantKubeconfigs", "demo"],
    ["tenantGrants", "acme", "objectStore", "secretKey"],
    ["tenantGrants", "acme", "litellmKey"],
  ];
  const state = { ...emptyState(), outputs: values, secretOutputs: [...SECRET_OUTPUTS], secretPaths };
  await clusterStore(cluster, "agentic-platform", stack).save(state);
}

/** Plays the operator: each workload that appears is Completed. */
async function complete(signal: AbortSignal): Promise<void> {
  const { name, namespace } = workload;
  const status = JSON.stringify({ status: { phase: "Completed" } });
  const connection = [
    "--kubeconfig",
    server.kubeconfig,
    "--namespace",
    namespace,
    "--subresource=status",
    "--type=merge",
  ];
  const patch = ["patch", "agentworkload", name, ...connection, "--patch", status];
  while (!signal.aborted) {
    const live = await cluster.get(workload).catch(() => undefined);
    const { phase } = (live?.status ?? {}) as { phase?: string };
    if (live && phase !== "Completed") await run(join(server.bin, "kubectl"), patch).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const operator = new AbortController();
beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true, quotas: true });
  cluster = new Cluster(server.kubeconfig);
  folder = mkdtempSync(join(tmpdir(), "consumer-"));
  // The authority of the services' certificates would be the platform's, which isn't there.
  const components = { certificates: { enabled: false } };
  outputs = await platformOutputs([{ name: "demo" }, { name: "acme", external: true }], { components });
  outputs.kubeconfig = selfContained({ kubeconfig: server.kubeconfig });
  await cluster.apply(agentWorkloadCrd() as unknown as KubeObject, manager);
  await cluster.apply(agentScheduleCrd() as unknown as KubeObject, manager);
  // Its tenant's quota counts both.
  for (const [kind, plural] of [
    ["Workflow", "workflows"],
    ["WorkflowTemplate", "workflowtemplates"],
  ] as const)
    await cluster.apply(openDefinition({ ...ARGO, kind, plural }) as unknown as KubeObject, manager);
  await keep("embedded", outputs);
  await keep("old", { ...outputs, contractVersion: "1.0" });
  complete(operator.signal);
});
afterAll(async () => {
  operator.abort();
  await cluster?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("the consumer's stack", () => {
  it("is refused where the platform's stack is missing or of an older contract, with nothing made", async () => {
    await expect(up(options({ platform: "organization/agentic-platform/none" }))).rejects.toThrow(
      "there is no stack 'agentic-platform/none' in this cluster: it has agentic-platform/embedded, agentic-platform/old",
    );
    await expect(up(options({ platform: "organization/agentic-platform/old" }))).rejects.toThrow(
      `needs ${CONTRACT_VERSION} or a later 1.x: upgrade the platform's stack`,
    );
    await expect(up(options({ tenant: "demo" }))).rejects.toThrow("is made by the platform");
    expect(await cluster.get({ apiVersion: "v1", kind: "Namespace", name: "tenant-acme" })).toBeUndefined();
  });

  it("shows in a preview what it would make", async () => {
    const summary = await preview(options());
    expect(summary.failures).toEqual([]);
    expect(summary.created).toBeGreaterThan(20);
    expect(await cluster.get({ apiVersion: "v1", kind: "Namespace", name: "tenant-acme" })).toBeUndefined();
  });

  it("is let pass by the platform's policies", async () => {
    const pack = join(directory, "../../policy");
    const { resources, violations } = await policy({ ...options(), pack });
    expect(resources).toBeGreaterThan(20);
    expect(violations.filter(({ level }) => level === "mandatory")).toEqual([]);
  });

  it("can be rendered, where the platform's stack is", async () => {
    const out = join(folder, "render");
    const files = await renderTo({ ...options(), out, stateFile: join(folder, "state.json") });
    expect(files.join(" ")).toContain("agentworkload-tenant-acme-kettle-prices.yaml");
  });

  it("makes its tenant and waits for its workload", async () => {
    const summary = await up(options());
    expect(summary.failures).toEqual([]);
    expect(summary.outputs).toMatchObject({
      namespace: "tenant-acme",
      artifacts: "s3://artifacts-acme/job_kettle-prices",
      kubeconfig: "[secret]",
    });
    expect(await cluster.get(workload)).toMatchObject({
      spec: { orchestration: { workflowTemplateRef: { name: "quick-report" } } },
      status: { phase: "Completed" },
    });
    const store = await cluster.get({
      apiVersion: "v1",
      kind: "Secret",
      namespace: "tenant-acme",
      name: "object-store",
    });
    const { data } = store as { data?: Record<string, string> };
    expect(Buffer.from(data?.["access-key"] ?? "", "base64").toString()).toBe("tenant-acme");
    expect(JSON.stringify(events)).not.toContain("random-value-of-acme");
  });

  it("changes nothing when it is run again", async () => {
    const summary = await up(options());
    expect(summary).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0, failures: [] });
  });

  it("gives its people the rights of the tenant's own role and no more", async () => {
    const { kubeconfig } = await readOutputs(options());
    const person = new Cluster(String(kubeconfig));
    try {
      const list = (kind: string, namespace: string, apiVersion = "v1") =>
        person.list({ apiVersion, kind, namespace }, "").then(
          () => true,
          () => false,
        );
      expect(await list("AgentWorkload", "tenant-acme", "agentic.io/v1alpha1")).toBe(true);
      expect(await list("Pod", "tenant-acme")).toBe(true);
      expect(await list("Secret", "tenant-acme")).toBe(false);
      expect(await list("Pod", "default")).toBe(false);
    } finally {
      await person.close();
    }
  });

  it("makes the workload anew when its run changes", async () => {
    const before = await cluster.get(workload);
    const summary = await up(options({ site: "http://other.sample-site:8080" }));
    expect(summary).toMatchObject({ replaced: 1, created: 0, updated: 0, failures: [] });
    expect((await cluster.get(workload))?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  it("leaves nothing of its own, and the platform's outputs as they were", async () => {
    expect((await destroy(options())).failures).toEqual([]);
    expect(await cluster.get({ apiVersion: "v1", kind: "Namespace", name: "tenant-acme" })).toBeUndefined();
    const platform = await clusterStore(cluster, "agentic-platform", "embedded").load();
    expect(platform.outputs).toEqual(outputs);
  });
});

it("the example asks for what a published client and its peers offer", () => {
  const { dependencies } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const client = JSON.parse(readFileSync(join(directory, "../../platform-client/package.json"), "utf8"));
  expect(dependencies["@agentic/platform-client"]).toBe(`^${client.version}`);
  for (const [name, range] of nonEmpty(Object.entries(client.peerDependencies))) expect(dependencies[name]).toBe(range);
});
