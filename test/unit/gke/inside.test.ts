// What a GKE cluster has of Google Cloud inside: edge, Gateway, secrets, the network of pods and what Prometheus reads.
import { beforeAll, describe, expect, it } from "vitest";
import { Edge, type EdgeArgs } from "../../../components/gcp/edge.ts";
import { type ExternalSecretArgs, ExternalSecrets } from "../../../components/gcp/external-secrets.ts";
import { type Exposure, Gateway } from "../../../components/gcp/gateway.ts";
import { ManagedRules } from "../../../components/gcp/managed-rules.ts";
import { PodMonitoring } from "../../../components/gcp/pod-monitoring.ts";
import { PodNetwork } from "../../../components/gcp/pod-network.ts";
import { sloTargets } from "../../../stacks/config/slo.ts";
import { inputsOf, inputsOfKind, mock, registeredBy, scope } from "./mocks.ts";

beforeAll(mock);

describe("the edge", () => {
  const args: EdgeArgs = { ...scope, hosts: ["events.acme.example"] };
  const edge = (more: Partial<EdgeArgs> = {}) => registeredBy(() => new Edge("e", { ...args, ...more }));

  it("stops known attacks, slows who asks too often, and speaks TLS 1.2 or newer", async () => {
    const all = await edge();
    const { rules, adaptiveProtectionConfig } = inputsOf(all, "SecurityPolicy");
    expect(adaptiveProtectionConfig.layer7DdosDefenseConfig.enable).toBe(true);
    expect(rules.filter(({ action }: { action: string }) => action === "deny(403)")).toHaveLength(8);
    expect(rules.find(({ action }: { action: string }) => action === "throttle")).toMatchObject({
      match: { config: { srcIpRanges: ["*"] } },
      rateLimitOptions: { exceedAction: "deny(429)", rateLimitThreshold: { count: 300, intervalSec: 60 } },
    });
    expect(inputsOf(all, "SSLPolicy")).toMatchObject({ profile: "RESTRICTED", minTlsVersion: "TLS_1_2" });
    expect(inputsOf(all, "CertificateMapEntry")).toMatchObject({ hostname: "events.acme.example" });
  });

  it("lets just the named ranges in, ten to a rule", async () => {
    const allowedRanges = Array.from({ length: 11 }, (_, i) => `203.0.113.${i * 8}/29`);
    const { rules } = inputsOf(await edge({ allowedRanges }), "SecurityPolicy");
    const let_in = rules.filter(({ action }: { action: string }) => action === "throttle");
    expect(
      let_in.map(({ match }: { match: { config: { srcIpRanges: string[] } } }) => match.config.srcIpRanges.length),
    ).toEqual([10, 1]);
  });

  it.each([
    [{ hosts: [] }, "hosts: is empty"],
    [{ hosts: ["localhost"] }, "hosts: 'localhost'"],
    [{ allowedRanges: [] }, "allowedRanges: is empty"],
    [{ allowedRanges: ["office"] }, "allowedRanges[0]: 'office'"],
    [{ requestsPerMinute: 1 }, "requestsPerMinute: 1"],
  ])("refuses %j", (more, message) => {
    expect(() => new Edge("e", { ...args, ...more })).toThrow(message);
  });
});

describe("the Gateway", () => {
  const names = { addressName: "agentic", certificateMap: "agentic", securityPolicy: "agentic", sslPolicy: "agentic" };
  const exposure: Exposure = {
    host: "events.acme.example",
    namespace: "argo-events",
    service: "webhook",
    port: 12_000,
    podLabels: { "app.kubernetes.io/name": "webhook" },
    podPort: 12_000,
    healthPath: "/health",
    access: "public",
  };
  const gateway = (exposures: Exposure[]) =>
    registeredBy(() => new Gateway("g", { namespace: "argo-events", edge: names, exposures }));

  it("speaks HTTPS only, with Cloud Armor before each service, and lets only its own addresses in", async () => {
    const all = await gateway([exposure, { ...exposure, host: "argo.acme.example", service: "argo", access: "iap" }]);
    expect(inputsOf(all, "Gateway").spec.listeners.map(({ protocol }: { protocol: string }) => protocol)).toEqual([
      "HTTPS",
    ]);
    expect(inputsOf(all, "Gateway").metadata.annotations).toEqual({ "networking.gke.io/certmap": "agentic" });
    const doors = inputsOfKind(all, "GCPBackendPolicy").map(({ spec }) => spec.default);
    expect(doors.map(({ securityPolicy }) => securityPolicy)).toEqual(["agentic", "agentic"]);
    expect(doors.map(({ iap }) => iap?.enabled ?? false).sort()).toEqual([false, true]);
    expect(inputsOf(all, "GCPGatewayPolicy").spec.default.sslPolicy).toBe("agentic");
    expect(inputsOfKind(all, "NetworkPolicy")[0]?.spec.ingress[0].from).toEqual([
      { ipBlock: { cidr: "35.191.0.0/16" } },
      { ipBlock: { cidr: "130.211.0.0/22" } },
    ]);
  });

  it.each([
    [[], "exposures: is empty"],
    [[exposure, exposure], "exposures: events.acme.example is there twice"],
    [[{ ...exposure, port: 0 }], "exposures[0].port: 0"],
    [[{ ...exposure, healthPath: "health" }], "exposures[0].healthPath: 'health'"],
  ] as [Exposure[], string][])("refuses %#", (exposures, message) => {
    expect(() => new Gateway("g", { namespace: "n", edge: names, exposures })).toThrow(message);
  });
});

describe("external secrets", () => {
  const args: ExternalSecretArgs = {
    project: "acme-agents",
    cluster: "agentic",
    region: "europe-west1",
    namespace: "tenant-demo",
    secrets: { postgres: { password: "agentic-postgres-tenant-demo" } },
  };

  it("are read as an account of the namespace, without a key", async () => {
    const all = await registeredBy(() => new ExternalSecrets("x", args));
    expect(inputsOf(all, "SecretStore").spec.provider.gcpsm.auth).toEqual({
      workloadIdentity: {
        clusterLocation: "europe-west1",
        clusterName: "agentic",
        serviceAccountRef: { name: "external-secrets" },
      },
    });
    expect(inputsOf(all, "ExternalSecret").spec).toMatchObject({
      refreshInterval: "10m",
      target: { name: "postgres" },
      data: [{ secretKey: "password", remoteRef: { key: "agentic-postgres-tenant-demo" } }],
    });
    expect(inputsOf(all, "ServiceAccount").automountServiceAccountToken).toBe(false);
  });

  it.each([
    [{ secrets: {} }, "secrets: is empty"],
    [{ refresh: "often" }, "refresh: 'often'"],
  ])("refuse %j", (more, message) => {
    expect(() => new ExternalSecrets("x", { ...args, ...more })).toThrow(message);
  });
});

describe("the pods' network", () => {
  const group = { name: "agents-google", namespace: "tenant-demo", space: "tenant-demo", selector: {} };

  it("opens Google's DNS, metadata and APIs, the database and the collectors, each to whom it is for", async () => {
    const all = await registeredBy(
      () =>
        new PodNetwork("n", {
          googleApis: "restricted",
          namespaces: { "tenant-demo": "tenant-demo" },
          identities: [group],
          database: { cidr: "10.0.32.0/20", port: 5432, clients: [{ ...group, name: "agents-database" }] },
          metrics: [{ ...group, name: "metrics", port: 9090 }],
        }),
    );
    const spec = (name: string) =>
      inputsOfKind(all, "NetworkPolicy").find(({ metadata }) => metadata.name === name)?.spec;
    expect(spec("gke-dns").egress[0].ports.map(({ port }: { port: number }) => port)).toEqual([53, 53]);
    expect(JSON.stringify(spec("agents-google"))).toContain("199.36.153.4/30");
    expect(spec("agents-google").egress.map(({ ports }: { ports: { port: number }[] }) => ports[0]?.port)).toEqual([
      80, 988, 443,
    ]);
    expect(spec("agents-database").egress[0]).toEqual({
      to: [{ ipBlock: { cidr: "10.0.32.0/20" } }],
      ports: [{ protocol: "TCP", port: 5432 }],
    });
    expect(spec("metrics")).toMatchObject({ policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 9090 }] }] });
  });

  it("refuses a database that is nowhere", () => {
    const args = { googleApis: "private" as const, namespaces: {}, identities: [], metrics: [] };
    expect(() => new PodNetwork("n", { ...args, database: { cidr: "x", port: 1, clients: [] } })).toThrow(
      "database.cidr: 'x'",
    );
  });
});

describe("what Prometheus reads", () => {
  it("is named by the labels of the pods", async () => {
    const parts = [{ part: "operator", namespace: "agentic-system", selector: { a: "b" }, port: 8080 }];
    const all = await registeredBy(() => new PodMonitoring("m", { parts }));
    expect(inputsOf(all, "PodMonitoring").spec).toEqual({
      selector: { matchLabels: { a: "b" } },
      endpoints: [{ port: 8080, path: "/metrics", interval: "30s" }],
    });
    expect(() => new PodMonitoring("m", { parts, interval: "often" })).toThrow("interval: 'often'");
  });

  it("records the objectives of service levels there, too, and leaves the alerts to Cloud Monitoring", async () => {
    const all = await registeredBy(() => new ManagedRules("r", { targets: sloTargets.ha }));
    const { groups } = inputsOf(all, "ClusterRules").spec;
    const rules = groups.flatMap((group: { interval: string; rules: object[] }) => {
      expect(group.interval).toMatch(/^\dm$/);
      return group.rules;
    });
    expect(rules).toContainEqual({
      record: "slo:error_budget:ratio",
      expr: "vector(0.01)",
      labels: { slo: "success" },
    });
    expect(JSON.stringify(rules)).not.toContain('"alert"');
  });
});
