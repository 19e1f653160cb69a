// Somebody with a tenant's kubeconfig: what the role `agentic-user` lets them try through the API.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../../kube/client/client.ts";
import { trimWorkload } from "../../operator/controller/trim.ts";
import { until } from "../integration/operator/cluster.ts";
import { type Platform, refusal, startPlatform } from "./platform.ts";

const run = promisify(execFile);
const WORKLOADS = "/apis/agentic.io/v1alpha1/namespaces/tenant-demo/agentworkloads";
const URL = "https://example.com/";

let platform: Platform;
let user: Client;
let count = 0;

interface Shape {
  metadata?: Record<string, unknown>;
  spec?: Record<string, unknown>;
}

const workload = ({ metadata, spec }: Shape = {}) => ({
  apiVersion: "agentic.io/v1alpha1",
  kind: "AgentWorkload",
  metadata: { name: `w-${count++}`, ...metadata },
  spec: { objective: "find prices", targetUrls: [URL], suspend: true, ...spec },
});
const create = (shape: Shape = {}): Promise<AgentWorkload> => user.create(WORKLOADS, workload(shape));

beforeAll(async () => {
  platform = await startPlatform({
    sandbox: "gvisor",
    tenants: [{ name: "demo", quota: { objects: { workloads: 90 } } }],
  });
  user = await platform.as("tenant-demo", "tenant-user");
});
afterAll(() => platform?.stop());

describe("runs a pod on the node's own kernel", () => {
  const PODS = "/api/v1/namespaces/tenant-demo/pods";
  const pod = (name: string, spec: object) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      ...spec,
      serviceAccountName: "agent",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "c",
          image: "registry.test/c",
          resources: { requests: { cpu: "1m", memory: "1Mi" }, limits: { cpu: "1m", memory: "1Mi" } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  });
  beforeAll(async () => {
    for (const [name, handler] of [
      ["gvisor", "runsc"],
      ["bare", "runc"],
    ])
      await platform.admin.create("/apis/node.k8s.io/v1/runtimeclasses", {
        apiVersion: "node.k8s.io/v1",
        kind: "RuntimeClass",
        metadata: { name },
        handler,
      });
  });

  test.each([
    ["none", {}],
    ["'bare'", { runtimeClassName: "bare" }],
  ])("by RuntimeClass %s: refused, whoever makes it; in the sandbox it is taken", async (runtimeClass, spec) => {
    expect(await refusal(platform.admin.create(PODS, pod("out", spec)))).toContain(
      `spec.runtimeClassName: ${runtimeClass} would run a tenant's pod outside of the sandbox: leave it to the platform, or set gvisor`,
    );
    const sandboxed = await platform.admin.create<{ metadata: { name: string } }>(
      PODS,
      pod("boxed", { runtimeClassName: "gvisor" }),
    );
    await platform.admin.delete(`${PODS}/${sandboxed.metadata.name}`, { gracePeriodSeconds: 0 });
  });
});

describe("fills the operator's memory and etcd", () => {
  const nested = (depth: number): unknown => (depth === 0 ? "x".repeat(60) : [nested(depth - 1), nested(depth - 1)]);
  test.each<[string, Shape, string]>([
    ["with a parameter of 1.2 MB", { spec: { parameters: { text: "x".repeat(1_200_000) } } }, "spec.parameters.text"],
    [
      "with a list of 100 000 numbers",
      { spec: { parameters: { list: Array(100_000).fill(1) } } },
      "spec.parameters.list",
    ],
    [
      "with lists in lists",
      { spec: { parameters: { deep: nested(12) } } },
      "spec.parameters: deep: a value has at most 65536 bytes (UTF-8); pass what is longer as an artifact",
    ],
    [
      "with few characters of many bytes",
      { spec: { parameters: { text: "日".repeat(30_000) } } },
      "spec.parameters: text: a value has at most 65536 bytes (UTF-8)",
    ],
    [
      "with many parameters that are small enough each",
      { spec: { parameters: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, "x".repeat(30_000)])) } },
      "bytes together, at most 131072 are taken",
    ],
    [
      "with a parameter's name",
      { spec: { parameters: { ["n".repeat(500_000)]: 1 } } },
      "a parameter's name has at most 253 characters",
    ],
    [
      "with annotations",
      { metadata: { annotations: { a: "x".repeat(200_000) } } },
      "labels, annotations, finalizers and owners have 200",
    ],
    [
      "with labels",
      {
        metadata: {
          labels: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`label-${i}`, "x".repeat(60)])),
        },
      },
      "bytes together, at most 32768 are taken",
    ],
  ])("%s: refused, with the limit", async (_, shape, message) => {
    expect(await refusal(create(shape))).toContain(message);
  });

  test("by growing what was small: refused, while other changes pass", async () => {
    const { metadata } = await create({ spec: { parameters: { depth: 2 } } });
    const path = `${WORKLOADS}/${metadata.name}`;
    expect(await refusal(user.patch(path, { spec: { parameters: { text: "日".repeat(30_000) } } }))).toContain(
      "a value has at most 65536 bytes",
    );
    await user.patch(path, { spec: { ttlSecondsAfterFinished: 60 } });
  });

  test("by parameters of usual sizes, any JSON: taken", async () => {
    const parameters = { text: "x".repeat(60_000), list: [1, { a: null }], object: { deep: { er: [] } } };
    expect((await create({ spec: { parameters } })).spec.parameters).toEqual(parameters);
  });

  test("by 60 suspended workloads as large as may be: taken, and the operator keeps next to nothing of them", async () => {
    const large = () => ({
      targetUrls: Array.from({ length: 64 }, (_, i) => `${URL}${i}/${"a".repeat(2000)}`),
      objective: "日".repeat(1000),
      parameters: { one: "x".repeat(65_000), other: "x".repeat(65_000) },
      notify: Array.from({ length: 10 }, (_, i) => ({ url: `${URL}${i}/${"b".repeat(2000)}` })),
    });
    const shape = () => ({ metadata: { annotations: { a: "y".repeat(32_000) } }, spec: large() });
    const created = await Promise.all(Array.from({ length: 60 }, () => create(shape())));
    const sizes = created.map((object) => JSON.stringify(object).length);
    expect(Math.min(...sizes)).toBeGreaterThan(300_000);
    const cached = created.map((object) => JSON.stringify(trimWorkload(object)).length);
    // What the cache would take at 10 000 workloads, which the largest profile's quota allows, of a memory of 256 MiB.
    expect(Math.max(...cached) * 10_000).toBeLessThan(16 * 2 ** 20);
  });

  test("by their number: refused with the quota, what there is stays", async () => {
    const message = await until("the quota's answer", async () =>
      create().then(
        () => undefined,
        (error: Error) => error.message,
      ),
    );
    expect(message).toContain("exceeded quota: quota, requested: count/agentworkloads.agentic.io=1");
    expect(message).toContain("limited: count/agentworkloads.agentic.io=90");
    expect((await user.list(WORKLOADS)).length).toBeGreaterThanOrEqual(90);
  });
});

describe("floods the API server", () => {
  /** Uid of the priority level that a request of this account goes through, as the server's answer says. */
  const levelOf = async (namespace: string, account: string): Promise<string | undefined> => {
    const { url, bin } = platform.server;
    const token = await platform.token(namespace, account);
    const args = [`--server=${url}`, `--token=${token}`, "--insecure-skip-tls-verify", "-v=8", "get", "aw", "-A"];
    // Without a right to list in all namespaces it exits with 1; the answer's headers stand in its log all the same.
    const { stderr } = await run(join(bin, "kubectl"), args).catch((error: { stderr: string }) => error);
    return /X-Kubernetes-Pf-Prioritylevel-Uid: (\S+)/i.exec(stderr)?.[1];
  };
  const uidOf = async (level: string): Promise<string> => {
    const path = `/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/${level}`;
    return (await platform.admin.get<{ metadata: { uid: string } }>(path)).metadata.uid;
  };

  test("through the tenants' own level, while the operator and the engine have one that lends nothing", async () => {
    expect(await levelOf("tenant-demo", "tenant-user")).toBe(await uidOf("agentic-tenants"));
    expect(await levelOf("tenant-demo", "agent")).toBe(await uidOf("agentic-tenants"));
    expect(await levelOf("agentic-system", "agentic-operator")).toBe(await uidOf("agentic-platform"));
    expect(await levelOf("argo-workflows", "workflow-engine")).toBe(await uidOf("agentic-platform"));
  });
});
