// What a Prometheus Operator reads of the platform, and who lets its Prometheus in.
import { beforeAll, describe, expect, it } from "vitest";
import { metricsToken } from "../../../components/data/minio/metrics-token.ts";
import { rules } from "../../../policy/rules/index.ts";
import { verdicts } from "../../../policy/testing/table.ts";
import { nonEmpty } from "../../non-empty.ts";
import { find } from "./platform-objects.ts";
import { type KubeObject, mock, objects, program, type Registered } from "./program.ts";

beforeAll(() => mock());

const signing = { registry: { enabled: true }, policyController: { enabled: true } };
const imagePolicies = [{ name: "any", images: ["**"], authorities: [{ static: "pass" }] }];
const everything = { components: signing, imagePolicies };

const inSpace = (all: readonly Registered[], kind: string, name: string, space: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name && metadata.namespace === space);

const labelsOf = ({ podSelector, namespaceSelector }: KubeObject): [string, string] => [
  namespaceSelector?.matchLabels["kubernetes.io/metadata.name"],
  podSelector?.matchLabels["app.kubernetes.io/name"],
];

describe("telemetry by an operator that is there", () => {
  it("is a monitor for each target, in its namespace, and lets that operator's Prometheus in", async () => {
    const runbooks = "https://runbooks.acme.example";
    const telemetry = { mode: "operator", prometheusNamespace: "watchers", labels: { release: "kps" }, runbooks };
    const all = await program({ telemetry, ...everything });
    const monitors = objects(all, "PodMonitor");
    expect(monitors.map(({ metadata }) => metadata?.name).sort()).toEqual([
      "browserless",
      "minio",
      "opa",
      "operator",
      "policy-controller",
      "registry",
      "resolver",
      "webhook",
      "workflow-engine",
    ]);
    for (const { metadata } of monitors) {
      expect(metadata?.labels).toMatchObject({ release: "kps" });
      const policy = inSpace(all, "NetworkPolicy", `scrape-${metadata?.name}`, metadata?.namespace ?? "");
      expect(labelsOf(policy?.spec.ingress[0].from[0])).toEqual(["watchers", "prometheus"]);
    }
    const minio = monitors.find(({ metadata }) => metadata?.name === "minio");
    expect(minio?.spec.podMetricsEndpoints).toEqual([
      {
        portNumber: 9000,
        path: "/minio/v2/metrics/cluster",
        interval: "30s",
        scheme: "https",
        tlsConfig: { ca: { secret: { name: "minio-tls", key: "ca.crt" } }, serverName: "minio.shared-services" },
        authorization: { credentials: { name: "minio-metrics-token", key: "token" } },
        relabelings: [{ targetLabel: "job", replacement: "minio" }],
      },
    ]);
    expect(inSpace(all, "Secret", "minio-metrics-token", "shared-services")?.stringData.token).toMatch(/^ey/);
    const alerts = find(all, "PrometheusRule", "agentic-platform");
    expect(alerts?.metadata?.labels).toEqual({ release: "kps" });
    expect(alerts?.spec.groups.map(({ name }: { name: string }) => name)).toContain("alerts");
    const { rules } = alerts?.spec.groups.find(({ name }: { name: string }) => name === "alerts") ?? {};
    const noLeader = rules.find(({ alert }: { alert: string }) => alert === "NoLeader");
    expect(noLeader.annotations.runbook_url).toBe(`${runbooks}/no-leader.md`);
    const dashboards = objects(all, "ConfigMap").filter(({ metadata }) => metadata?.labels?.grafana_dashboard === "1");
    expect(dashboards.map(({ metadata }) => metadata?.namespace)).toEqual(Array(6).fill("agentic-system"));
    expect(objects(await program({}), "PodMonitor")).toEqual([]);
  });

  it.each([
    ["the built-in engines", { workflowEngine: "builtin", eventEngine: "builtin" }],
    ["Argo", { workflowEngine: "argo", eventEngine: "argo" }],
  ])("names ports, with %s, on which the pods listen", async (_, engines) => {
    const all = await program({ telemetry: { mode: "operator" }, ...everything, ...engines });
    const pods = objects(all).filter(({ kind }) => ["Deployment", "StatefulSet"].includes(kind ?? ""));
    for (const { metadata, spec } of nonEmpty(objects(all, "PodMonitor"))) {
      // What Argo Events' own controller makes has no pod in the program.
      if (metadata?.namespace === "argo-events" && engines.eventEngine === "argo") continue;
      const labels = spec.selector.matchLabels["app.kubernetes.io/name"];
      const own = pods.filter(
        (pod) =>
          pod.metadata?.namespace === metadata?.namespace &&
          pod.spec.template.metadata.labels["app.kubernetes.io/name"] === labels,
      );
      const ports = own.flatMap((pod) =>
        pod.spec.template.spec.containers.flatMap(({ ports = [] }: KubeObject) => ports),
      );
      const listening = ports.map(({ containerPort }: { containerPort: number }) => containerPort);
      expect(listening, metadata?.name).toContain(spec.podMetricsEndpoints[0].portNumber);
    }
  });

  it("violates no policy", async () => {
    const messagesOf = async (mode: string) => {
      const all = await program({ telemetry: { mode }, ...everything });
      const resources = all.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
      return rules.flatMap((rule) => verdicts(rule, resources).map((message) => `${rule.name}: ${message}`));
    };
    const known = await messagesOf("off");
    expect((await messagesOf("operator")).filter((message) => !known.includes(message))).toEqual([]);
  });
});

describe("the object store's reader of metrics", () => {
  it("has a key of its own that signs the token, and only where somebody reads", async () => {
    const all = await program({ telemetry: { mode: "operator" } });
    const files = find(all, "Secret", "minio-users")?.stringData ?? {};
    expect(JSON.parse(files["metrics.json"]).Statement).toEqual([{ Effect: "Allow", Action: ["admin:Prometheus"] }]);
    const token = inSpace(all, "Secret", "minio-metrics-token", "shared-services")?.stringData.token;
    expect(token).toBe(metricsToken(files["metrics.key"]));
    const fields = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    expect(fields).toMatchObject({ sub: "metrics", iss: "prometheus" });
    const off = await program({ telemetry: { mode: "off" } });
    expect(Object.keys(find(off, "Secret", "minio-users")?.stringData ?? {})).not.toContain("metrics.key");
  });
});
