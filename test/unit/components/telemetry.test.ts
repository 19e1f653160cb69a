// Telemetry in each of its modes: which objects there are, who lets the scraper in, and what it may do.
import { beforeAll, describe, expect, it } from "vitest";
import { metricsToken } from "../../../components/data/minio/metrics-token.ts";
import { rules } from "../../../policy/rules/index.ts";
import { violations } from "../../../policy/testing/table.ts";
import { parseConfig } from "../../../stacks/config/config.ts";
import { targetsOf } from "../../../stacks/telemetry.ts";
import { find } from "./platform-objects.ts";
import { type KubeObject, mock, objects, podSpecs, program, type Registered } from "./program.ts";

beforeAll(() => mock());

const signing = { registry: { enabled: true }, policyController: { enabled: true } };
const imagePolicies = [{ name: "any", images: ["**"], authorities: [{ static: "pass" }] }];
const everything = { components: signing, imagePolicies };
const argo = { workflowEngine: "argo", eventEngine: "argo" };

const inSpace = (all: readonly Registered[], kind: string, name: string, space: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name && metadata.namespace === space);

/** Prometheus' configuration as the program writes it. */
function configOf(all: readonly Registered[]) {
  return JSON.parse(find(all, "ConfigMap", "prometheus-config")?.data["prometheus.yml"]);
}

const labelsOf = ({ podSelector, namespaceSelector }: KubeObject): [string, string] => [
  namespaceSelector?.matchLabels["kubernetes.io/metadata.name"],
  podSelector?.matchLabels["app.kubernetes.io/name"],
];

describe("telemetry of its own", () => {
  it("is three parts in a namespace of their own, on volumes, and no other mode has any of it", async () => {
    const all = await program({ telemetry: { mode: "builtin" }, ...everything });
    const sets = objects(all, "StatefulSet").filter(({ metadata }) => metadata?.namespace === "observability");
    expect(sets.map(({ metadata }) => metadata?.name).sort()).toEqual(["alertmanager", "jaeger", "prometheus"]);
    for (const { spec } of sets) expect(spec.volumeClaimTemplates).toHaveLength(1);
    expect(find(all, "Namespace", "observability")?.metadata?.labels).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
    });
    for (const mode of ["off", "operator"]) {
      const other = await program({ telemetry: { mode }, ...everything });
      expect(objects(other).filter(({ metadata }) => metadata?.namespace === "observability")).toEqual([]);
      expect(find(other, "Namespace", "observability")).toBeUndefined();
    }
  });

  it.each([
    ["the built-in engines", everything],
    ["Argo", { ...everything, ...argo }],
    ["no certificates", { components: { certificates: { enabled: false } } }],
  ])("finds, with %s, the pods of each target by a name, and is let in by both sides", async (_, raw) => {
    const all = await program({ telemetry: { mode: "builtin" }, ...raw });
    const { scrape_configs: jobs } = configOf(all);
    const pods = podSpecs(all);
    const prometheus = inSpace(all, "NetworkPolicy", "prometheus", "observability");
    const images = { operator: "r/o:1", agents: "r/a:1", workflowEngine: "r/e:1", eventReceiver: "r/r:1" };
    const engines = { workflowEngine: "builtin", eventEngine: "builtin" };
    const targets = targetsOf(parseConfig("p", { images, ...engines, ...raw, telemetry: { mode: "builtin" } }, false));
    expect(targets.length).toBeGreaterThan(6);
    for (const { job, space, part, port, tls } of targets) {
      const config = jobs.find((entry: { job_name: string }) => entry.job_name === job);
      expect(config.scheme, job).toBe(tls ? "https" : "http");
      expect(config.dns_sd_configs[0]).toMatchObject({ names: [`${job}-scrape.${space}.svc`], port });
      const service = inSpace(all, "Service", `${job}-scrape`, space);
      expect(service?.spec).toMatchObject({ clusterIP: "None", selector: { "app.kubernetes.io/name": part } });
      const ingress = inSpace(all, "NetworkPolicy", `scrape-${job}`, space)?.spec;
      expect(ingress.podSelector.matchLabels).toEqual({ "app.kubernetes.io/name": part });
      expect(ingress.ingress).toHaveLength(1);
      expect(labelsOf(ingress.ingress[0].from[0])).toEqual(["observability", "prometheus"]);
      expect(ingress.ingress[0].ports).toEqual([{ protocol: "TCP", port }]);
      const egress = prometheus?.spec.egress.filter(
        ({ to, ports }: { to: KubeObject[]; ports: { port: number }[] }) => {
          const [peer] = Array.isArray(to) ? to : [];
          return peer && ports[0]?.port === port && String(labelsOf(peer)) === `${space},${part}`;
        },
      );
      expect(egress, job).toHaveLength(1);
    }
    // What Argo Events' own controller and cert-manager's chart make has no pod in the program.
    const made = pods.flatMap(({ pod }) => pod.containers.flatMap(({ ports = [] }: KubeObject) => ports));
    const listening = new Set(made.map(({ containerPort }: { containerPort: number }) => containerPort));
    for (const { job, port } of targets)
      if (!["event-sensor", "cert-manager"].includes(job)) expect(listening, job).toContain(port);
  });

  it("may list nodes and read their metrics, and nothing where kubelets aren't asked", async () => {
    const all = await program({ telemetry: { mode: "builtin" } });
    expect(find(all, "ClusterRole", "agentic-prometheus")?.rules).toEqual([
      { apiGroups: [""], resources: ["nodes"], verbs: ["list", "watch"] },
      { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
    ]);
    const none = await program({ telemetry: { mode: "builtin", kubelets: "none" } });
    expect(find(none, "ClusterRole", "agentic-prometheus")).toBeUndefined();
    const set = inSpace(none, "StatefulSet", "prometheus", "observability");
    expect(set?.spec.template.spec.automountServiceAccountToken).toBe(false);
    expect(configOf(none).scrape_configs.map((job: { job_name: string }) => job.job_name)).not.toContain("kubelet");
  });

  it("keeps no series of tenants' containers, whose number has no bound", async () => {
    const { scrape_configs: jobs } = configOf(await program({ telemetry: { mode: "builtin" } }));
    const { metric_relabel_configs: relabelings } = jobs.find(
      ({ job_name }: { job_name: string }) => job_name === "cadvisor",
    );
    const dropped = (labels: Record<string, string>) =>
      relabelings.some(({ source_labels: [label], regex, action }: KubeObject) => {
        const matches = new RegExp(`^(?:${regex})$`).test(labels[label ?? ""] ?? "");
        return action === "keep" ? !matches : action === "drop" && matches;
      });
    const series = { __name__: "container_memory_working_set_bytes", container: "minio", namespace: "shared-services" };
    expect(dropped(series)).toBe(false);
    expect(dropped({ ...series, namespace: "tenant-demo" })).toBe(true);
    expect(dropped({ ...series, container: "" })).toBe(true);
    expect(dropped({ ...series, __name__: "container_fs_inodes_free" })).toBe(true);
  });

  it("keeps as long as the profile or the config says, within its volume", async () => {
    const args = async (raw: object) =>
      inSpace(await program(raw as never), "StatefulSet", "prometheus", "observability")?.spec.template.spec
        .containers[0].args;
    const minimal = await args({ profile: "minimal", telemetry: { mode: "builtin" } });
    expect(minimal).toContain("--storage.tsdb.retention.time=3d");
    expect(minimal).toContain("--storage.tsdb.retention.size=8192MB");
    expect(await args({ profile: "ha", telemetry: { mode: "builtin" } })).toContain(
      "--storage.tsdb.retention.time=30d",
    );
    const given = { telemetry: { mode: "builtin", metricsDays: 90 }, components: { prometheus: { storage: "100Gi" } } };
    expect(await args(given)).toContain("--storage.tsdb.retention.time=90d");
    expect(await args(given)).toContain("--storage.tsdb.retention.size=81920MB");
  });

  it("has the built-in receiver of events send its spans, verified, and lets nobody else of that namespace in", async () => {
    const telemetry = { mode: "builtin", tracesPercent: 20 };
    const all = await program({ telemetry });
    const pod = find(all, "Deployment", "event-receiver")?.spec.template.spec;
    expect(pod.containers[0].env).toEqual(
      expect.arrayContaining([
        { name: "OTLP_URL", value: "https://jaeger.observability:4318" },
        { name: "TRACES_PERCENT", value: "20" },
        { name: "OTLP_CA_FILE", value: "/etc/secrets/ca/ca.crt" },
      ]),
    );
    expect(pod.volumes).toContainEqual({
      name: "ca",
      secret: { secretName: "webhook-tls", defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] },
    });
    const egress = inSpace(all, "NetworkPolicy", "webhook", "argo-events")?.spec.egress;
    const toJaeger = egress.find(({ ports }: { ports: { port: number }[] }) => ports[0]?.port === 4318);
    expect(labelsOf(toJaeger.to[0])).toEqual(["observability", "jaeger"]);
    const senders = (registered: readonly Registered[]) =>
      inSpace(registered, "NetworkPolicy", "jaeger", "observability")
        ?.spec.ingress.filter(({ ports }: { ports: { port: number }[] }) => ports[0]?.port === 4318)
        .flatMap(({ from }: { from: KubeObject[] }) => from)
        .filter((peer: KubeObject) => JSON.stringify(peer).includes("argo-events"));
    expect(senders(all).map(labelsOf)).toEqual([["argo-events", "webhook"]]);
    expect(senders(await program({ telemetry, eventEngine: "argo" }))).toEqual([]);
  });

  it("does without Alertmanager where that is switched off", async () => {
    const components = { alertmanager: { enabled: false } };
    const all = await program({ telemetry: { mode: "builtin" }, components });
    const space = objects(all).filter(({ metadata }) => metadata?.namespace === "observability");
    expect(space.filter(({ metadata }) => /alertmanager/.test(metadata?.name ?? ""))).toEqual([]);
    expect(configOf(all).alerting).toBeUndefined();
  });

  it.each(["builtin", "operator"])("violates no policy in mode %s", async (mode) => {
    const all = await program({ telemetry: { mode }, ...everything });
    const resources = all.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
    const messages = violations(rules, resources);
    const without = await program({ telemetry: { mode: "off" }, ...everything });
    const before = without.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
    const known = violations(rules, before);
    expect(messages.filter((message) => !known.includes(message))).toEqual([]);
  });
});

describe("telemetry by an operator that is there", () => {
  it("is a monitor for each target, in its namespace, and lets that operator's Prometheus in", async () => {
    const runbooks = "https://runbooks.acme.example";
    const telemetry = { mode: "operator", prometheusNamespace: "watchers", labels: { release: "kps" }, runbooks };
    const all = await program({ telemetry, ...everything });
    const monitors = objects(all, "PodMonitor");
    expect(monitors.map(({ metadata }) => metadata?.name).sort()).toEqual([
      "browserless",
      "cert-manager",
      "console",
      "litellm",
      "minio",
      "opa",
      "operator",
      "policy-controller",
      "postgres",
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
    expect(objects(all, "Service").filter(({ metadata }) => metadata?.name.endsWith("-scrape"))).toEqual([]);
  });
});

describe("traces by a collector that is there", () => {
  const url = "http://collector.watchers:4318";
  const senders = (all: readonly Registered[]) =>
    objects(all, "NetworkPolicy")
      .filter(({ spec }) => JSON.stringify(spec.egress ?? "").includes("watchers"))
      .map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)
      .sort();

  it("come from operator, agents and receiver, whom their policies let to it", async () => {
    const otlp = { url, namespace: "watchers" };
    const all = await program({ telemetry: { mode: "operator", otlp, tracesPercent: 10 } });
    expect(find(all, "ConfigMap", "agentic-tenant")?.data).toMatchObject({ otlp_url: url, traces_percent: "10" });
    for (const name of ["agentic-operator", "event-receiver"]) {
      const { env } = find(all, "Deployment", name)?.spec.template.spec.containers[0] ?? {};
      expect(env).toContainEqual({ name: "OTLP_URL", value: url });
      // Its certificate, if it has one, is of a public authority.
      expect(JSON.stringify(env)).not.toContain("OTLP_CA_FILE");
    }
    expect(senders(all)).toEqual(["agentic-system/agentic-operator", "argo-events/webhook", "tenant-demo/agents"]);
  });

  it("go nowhere where the config names none", async () => {
    const all = await program({ telemetry: { mode: "operator" } });
    expect(JSON.stringify(all)).not.toContain("OTLP_URL");
    expect(find(all, "ConfigMap", "agentic-tenant")?.data).not.toHaveProperty("otlp_url");
    expect(senders(all)).toEqual([]);
  });

  it("are joined by the logs of the platform's own programs where the collector takes them", async () => {
    const otlp = { url, namespace: "watchers", logs: true };
    const programs = ["agentic-operator", "event-receiver", "workflow-engine"];
    const sending = (all: readonly Registered[]) =>
      programs.filter((name) =>
        JSON.stringify(find(all, "Deployment", name)?.spec.template.spec.containers[0].env ?? []).includes(
          `"OTLP_LOGS_URL","value":"${url}"`,
        ),
      );
    const all = await program({ telemetry: { mode: "operator", otlp } });
    expect(sending(all)).toEqual(programs);
    expect(senders(all)).toContain("argo-workflows/engine");
    const none = await program({ telemetry: { mode: "operator", otlp: { ...otlp, logs: false } } });
    expect(sending(none)).toEqual([]);
    expect(senders(none)).not.toContain("argo-workflows/engine");
  });

  it("have what models are asked and answer where a tenant asks for it, and only of that tenant", async () => {
    const tenants = [{ name: "a" }, { name: "b", tracePrompts: true }];
    const all = await program({ telemetry: { mode: "builtin" }, tenants });
    const settings = objects(all, "ConfigMap").filter(({ metadata }) => metadata?.name === "agentic-tenant");
    expect(settings.map(({ metadata, data }) => [metadata?.namespace, data.trace_prompts]).sort()).toEqual([
      ["tenant-a", undefined],
      ["tenant-b", "true"],
    ]);
  });
});

describe("the object store's reader of metrics", () => {
  it("has a key of its own that signs the token, and only where somebody reads", async () => {
    const all = await program({ telemetry: { mode: "builtin" } });
    const files = find(all, "Secret", "minio-users")?.stringData ?? {};
    expect(JSON.parse(files["metrics.json"]).Statement).toEqual([{ Effect: "Allow", Action: ["admin:Prometheus"] }]);
    const token = inSpace(all, "Secret", "minio-metrics-token", "observability")?.stringData.token;
    expect(token).toBe(metricsToken(files["metrics.key"]));
    const fields = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    expect(fields).toMatchObject({ sub: "metrics", iss: "prometheus" });
    const off = await program({ telemetry: { mode: "off" } });
    expect(Object.keys(find(off, "Secret", "minio-users")?.stringData ?? {})).not.toContain("metrics.key");
  });
});
