// What `agentic doctor` finds on a node, where pods of its own try what a tenant's may reach.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { INCLUDE_LABEL } from "@agentic/api/admission.ts";
import { AGENT_SERVICE_ACCOUNT, DEFAULT_WORKFLOW_TEMPLATE, LABELS, TENANT_CONFIG_MAP } from "@agentic/api/names.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Report } from "../../../cli/doctor/doctor.ts";
import { apply, get, type KubeObject, kubectl, list } from "../../../embedded/cli/cluster.ts";
import "../../child-coverage.ts";
import { namespace, platform } from "./platform.ts";

const neighbour = "tenant-neighbour";
const main = join(import.meta.dirname, "../../../cli/main.ts");
const doctors = { matchLabels: { "app.kubernetes.io/name": "agentic-doctor" } };

const networkPolicy = (space: string, name: string, spec: Record<string, unknown>): KubeObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace: space },
  spec,
});

/** The tenant's object as another namespace's. */
async function copied(kind: string, name: string): Promise<KubeObject> {
  const object = await get<KubeObject & { data?: object; spec?: object }>(platform, kind, name, namespace);
  if (!object) throw new Error(`${namespace} has no ${kind} ${name}`);
  const { apiVersion, kind: of, data, spec } = object;
  return {
    apiVersion,
    kind: of,
    metadata: { name, namespace: neighbour },
    ...(data ? { data } : { spec }),
  } as KubeObject;
}

beforeAll(async () => {
  const labels = {
    [LABELS.tenant]: "neighbour",
    [INCLUDE_LABEL]: "true",
    "pod-security.kubernetes.io/enforce": "restricted",
  };
  await apply(platform, [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: neighbour, labels } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: AGENT_SERVICE_ACCOUNT, namespace: neighbour } },
    networkPolicy(neighbour, "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
    await copied("configmap", TENANT_CONFIG_MAP),
    await copied("workflowtemplate", DEFAULT_WORKFLOW_TEMPLATE),
  ]);
});

afterAll(() => kubectl(platform, ["delete", "namespace", neighbour, "--wait=false"]));

/** What the probe of isolation says, with the command's exit code. */
async function isolation() {
  const env = { ...process.env, KUBECONFIG: platform.kubeconfig };
  const { code, out } = await new Promise<{ code: number; out: string }>((resolve) =>
    execFile(process.execPath, [main, "doctor", "-n", namespace, "-o", "json"], { env }, (error, out) =>
      resolve({ code: Number(error?.code ?? 0), out }),
    ),
  );
  const { answers } = JSON.parse(out) as Report;
  const { findings = [], unseen } = answers.find(({ check }) => check === "isolation") ?? {};
  return { code, findings: findings.map(({ where, what }) => `${where}: ${what}`), unseen };
}

it("tries from a tenant's pod, finds nothing open, and leaves no pod behind", async () => {
  expect(await isolation()).toMatchObject({ findings: [], unseen: [] });
  for (const space of [namespace, neighbour]) {
    const left = (await list(platform, "pods", space)).filter(({ metadata }) =>
      metadata.name.startsWith("agentic-doctor"),
    );
    expect(left).toEqual([]);
  }
});

it("finds what a policy opens: the API server, and a neighbour's pod", async () => {
  const server = { ipBlock: { cidr: `${new URL(platform.server).hostname}/32` } };
  const toNeighbour = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": neighbour } } };
  const out = { podSelector: doctors, policyTypes: ["Egress"], egress: [{ to: [server, toNeighbour] }] };
  const into = { podSelector: doctors, policyTypes: ["Ingress"], ingress: [{}] };
  await apply(platform, [networkPolicy(namespace, "doctor-hole", out), networkPolicy(neighbour, "doctor-hole", into)]);
  try {
    const { code, findings, unseen } = await isolation();
    expect([code, unseen]).toEqual([6, []]);
    expect(findings.sort()).toEqual([
      expect.stringMatching(`^tenant ${namespace}: a pod of it reaches a pod of ${neighbour} `),
      expect.stringMatching(`^tenant ${namespace}: a pod of it reaches the API server `),
    ]);
  } finally {
    for (const space of [namespace, neighbour])
      await kubectl(platform, ["delete", "networkpolicy", "doctor-hole", "-n", space]);
  }
});
