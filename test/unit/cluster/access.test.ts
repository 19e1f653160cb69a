// What a stack's own local cluster opens to this machine, and that nothing else does, against Pulumi's mocks.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import { LocalAccess } from "../../../components/cluster/local/access.ts";
import { ownRepositories } from "../../../components/images.ts";
import { rules } from "../../../policy/rules/index.ts";
import { violations } from "../../../policy/testing/table.ts";
import { createCluster } from "../../../stacks/cluster.ts";
import { parseConfig } from "../../../stacks/config/config.ts";
import { localAccess } from "../../../stacks/local-access.ts";
import { outputsOf } from "../../../stacks/outputs.ts";
import { createPlatform } from "../../../stacks/platform.ts";
import { nonEmpty } from "../../non-empty.ts";
import { localCluster, mockClusters, type Registered } from "./mocks.ts";

vi.setConfig({ testTimeout: 30_000 });

const { kubeconfig, answer } = localCluster("https://127.0.0.1:6443");
const registered = mockClusters(answer, false);

const images = Object.fromEntries(
  Object.entries(ownRepositories).map(([name, repository]) => [name, `${repository}:1.0.0`]),
);
const configOf = (raw: object) => parseConfig("agentic-platform", { images, workflowEngine: "argo", ...raw }, false);

const stacks = new Map<string, Promise<Registered[]>>();

/** What a stack registers in all. The same one is made once. */
function stack(cluster: {
  kind: string;
  ports?: object;
  kubeconfig?: string;
  context?: string;
}): Promise<Registered[]> {
  const key = JSON.stringify(cluster);
  const resources = stacks.get(key) ?? register({ cluster });
  stacks.set(key, resources);
  return resources;
}

async function register(raw: { cluster: object }): Promise<Registered[]> {
  registered.length = 0;
  const config = configOf({ ...raw, cluster: { apiServerCidrs: ["10.9.0.2/32"], ...raw.cluster } });
  const { provider, external } = createCluster(config);
  const outputs = outputsOf(config, createPlatform(config, { provider, external }));
  await new Promise((resolve) => pulumi.output(outputs).apply(resolve));
  for (let before = -1; before !== registered.length; ) {
    before = registered.length;
    await (pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return [...registered];
}

const kind = (all: Registered[], name: string) => all.filter(({ type }) => type.endsWith(`:${name}`));
const ofName = (all: Registered[], expectedName: string) =>
  all.filter(({ inputs }) => inputs.metadata?.name === expectedName).map(({ inputs }) => inputs);
/** NodePorts by namespace: as Services have them, and as quotas allow. */
const nodePorts = (all: Registered[]) =>
  Object.fromEntries(
    ofName(kind(all, "Service"), "local-access").map(({ metadata, spec }) => [
      metadata.namespace,
      spec.ports[0].nodePort,
    ]),
  );
const allowed = (all: Registered[]) =>
  Object.fromEntries(
    kind(all, "ResourceQuota")
      .map(({ inputs }) => [inputs.metadata.namespace, inputs.spec.hard["services.nodeports"]])
      .filter(([, number]) => number !== "0"),
  );

describe.each(["kind", "k3d"])("a cluster of %s", (tool) => {
  it("has a way in to each component behind its own port, and a quota for just these", async () => {
    const all = await stack({ kind: tool });
    expect(nodePorts(all)).toEqual({ "argo-workflows": 32746, "shared-services": 31901, "argo-events": 31200 });
    expect(allowed(all)).toEqual({ "argo-workflows": "1", "shared-services": "1", "argo-events": "1" });
    for (const { spec } of nonEmpty(ofName(kind(all, "Service"), "local-access")))
      expect(spec).toMatchObject({ type: "NodePort", externalTrafficPolicy: "Local" });
  });

  it("has none where no port is mapped", async () => {
    const all = await stack({ kind: tool, ports: { argo: 0, minio: 0, webhook: 0 } });
    expect(all.filter(({ name }) => name.startsWith("local-access"))).toEqual([]);
    expect(allowed(all)).toEqual({});
  });

  it("opens what is mapped, whatever this machine's port is", async () => {
    const all = await stack({ kind: tool, ports: { argo: 0, minio: 19001 } });
    expect(nodePorts(all)).toEqual({ "shared-services": 31901, "argo-events": 31200 });
    expect(allowed(all)).toEqual({ "shared-services": "1", "argo-events": "1" });
  });

  it("holds to every policy", async () => {
    const all = await stack({ kind: tool });
    expect(kind(all, "Service").length).toBeGreaterThan(7);
    const resources = all.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
    expect(violations(rules, resources)).toEqual([]);
  });
});

describe("a way in", () => {
  it("leads to the pods of the Service inside, by a port that it has or that they listen on", async () => {
    const all = await stack({ kind: "kind" });
    const servers = { "argo-workflows": "argo-server", "shared-services": "minio", "argo-events": "webhook" };
    for (const [space, name] of Object.entries(servers)) {
      const service = ofName(kind(all, "Service"), name).find(({ metadata }) => metadata.namespace === space);
      const door = ofName(kind(all, "Service"), "local-access").find(({ metadata }) => metadata.namespace === space);
      expect(door.spec.selector).toEqual(service.spec.selector);
      expect(service.spec.ports.map(({ port }: { port: number }) => port)).toContain(door.spec.ports[0].targetPort);
    }
  });

  it("is open to Docker's addresses, for one port of its pods", async () => {
    const all = await stack({ kind: "k3d" });
    const policies = ofName(kind(all, "NetworkPolicy"), "local-access");
    expect(policies).toHaveLength(3);
    const console = policies.find(({ metadata }) => metadata.namespace === "shared-services");
    expect(console.spec).toEqual({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "minio" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [{ ipBlock: { cidr: "172.16.0.0/12" } }, { ipBlock: { cidr: "192.168.0.0/16" } }],
          ports: [{ protocol: "TCP", port: 9001 }],
        },
      ],
    });
  });

  it.each<[string, object, Record<string, number>]>([
    [
      "the built-in engine, which has no pages",
      { workflowEngine: "builtin" },
      { "shared-services": 1, "argo-events": 1 },
    ],
    ["events off", { components: { events: { enabled: false } } }, { "argo-workflows": 1, "shared-services": 1 }],
    [
      "MinIO without its console",
      { components: { minio: { values: { console: false } } } },
      { "argo-workflows": 1, "argo-events": 1 },
    ],
  ])("isn't there with %s", (_, raw, expected) => {
    expect(localAccess(configOf({ cluster: { kind: "kind" }, ...raw })).nodePorts).toEqual(expected);
  });

  it("is one in a namespace", () => {
    const door = { namespace: "a", space: "a", part: "p", port: 1, nodePort: 30001 };
    const quotas = new pulumi.ComponentResource("test:Quotas", "quotas");
    expect(() => new LocalAccess("twice", { doors: [door, { ...door, nodePort: 30002 }], quotas })).toThrow(
      "doors: a has two",
    );
  });
});

describe("other clusters", () => {
  const path = join(mkdtempSync(join(tmpdir(), "access-")), "kubeconfig");
  writeFileSync(path, kubeconfig);

  it.each([{ kind: "none" }, { kind: "k3s" }, { kind: "existing", kubeconfig: path, context: "one" }])(
    "of kind $kind have no way in, and no quota for one",
    async (other) => {
      const all = await stack(other);
      expect(kind(all, "Service").length).toBeGreaterThan(4);
      expect(all.filter(({ name }) => name.startsWith("local-access"))).toEqual([]);
      expect(kind(all, "Service").filter(({ inputs }) => inputs.spec.type === "NodePort")).toEqual([]);
      expect(allowed(all)).toEqual({});
    },
  );
});
