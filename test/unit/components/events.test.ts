// What takes events: Argo Events or the receiver, each closed but for what its part needs.
import { spawnSync } from "node:child_process";
import { DEFAULT_OBJECTIVE, EVENT_KINDS, WEBHOOK, workloadOf } from "@agentic/api/webhook.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { ArgoEvents } from "../../../components/events/argo-events.ts";
import { eventProgram } from "../../../components/events/jq.ts";
import { EventNetwork } from "../../../components/events/network.ts";
import { eventBus, pubsubSource } from "../../../components/events/objects.ts";
import { EventReceiver } from "../../../components/events/receiver.ts";
import { nonEmpty } from "../../non-empty.ts";
import {
  images,
  type KubeObject,
  mock,
  objects,
  podSpecs,
  program,
  type Registered,
  registeredSoFar,
} from "./program.ts";

const tenants = [{ name: "demo" }, { name: "blue" }];
/** The platform with each engine. */
const platforms = { argo: [] as Registered[], builtin: [] as Registered[] };

beforeAll(async () => {
  mock();
  platforms.builtin = await program({ tenants });
  platforms.argo = await program({ eventEngine: "argo", tenants });
}, 30_000);

const space = "argo-events";
const inSpace = (all: readonly Registered[], kind: string) =>
  objects(all, kind).filter(({ metadata }) => metadata?.namespace === space);
const objectNamed = (all: readonly Registered[], kind: string, name: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name) as KubeObject;

/** Who may talk to a part, and whom it may talk to, as `part:port`. */
function flows(policy: KubeObject): { from: string[]; to: string[] } {
  interface Peer {
    podSelector?: { matchLabels: Record<string, string> };
    ipBlock?: { cidr: string };
  }
  const name = ({ podSelector, ipBlock }: Peer) =>
    podSelector?.matchLabels["app.kubernetes.io/name"] ?? ipBlock?.cidr ?? "anybody";
  const list = (rules: { from?: Peer[]; to?: Peer[]; ports: { port: number }[] }[] = []) =>
    rules.flatMap(({ from, to, ports }) =>
      (from ?? to ?? []).flatMap((peer) => ports.map(({ port }) => `${name(peer)}:${port}`)),
    );
  return { from: list(policy.spec.ingress), to: list(policy.spec.egress) };
}

const flowsOf = (all: readonly Registered[]) =>
  Object.fromEntries(
    inSpace(all, "NetworkPolicy")
      .filter(({ metadata }) => !["default-deny", "dns"].includes(metadata?.name ?? ""))
      .map((policy) => [policy.metadata?.name, flows(policy)]),
  );

describe("the webhook", () => {
  it.each(["argo", "builtin"] as const)("has the same Service and token with %s", (engine) => {
    const all = platforms[engine];
    const service = objectNamed(all, "Service", "webhook");
    expect(service.spec.ports).toMatchObject([{ port: WEBHOOK.port }]);
    const [selected] = [...podLabels(all)].filter((labels) => labels["app.kubernetes.io/name"] === "webhook");
    expect(selected).toMatchObject(service.spec.selector);
    const tokens = objectNamed(all, "Secret", "webhook").stringData;
    for (const tenant of ["demo", "blue"])
      expect(tokens[tenant]).toBe(`whsec_${Buffer.from(`random-value-of-webhook-token-${tenant}`).toString("base64")}`);
    expect(Object.keys(tokens)).toHaveLength(2);
  });

  it("is not there, nor anything of it, where events are off", async () => {
    const all = await program({ components: { events: { enabled: false } } });
    // An admission policy names every namespace that a platform may have.
    const otherObjects = objects(all).filter(({ kind }) => kind !== "ValidatingAdmissionPolicy");
    expect(JSON.stringify(otherObjects)).not.toContain(space);
    expect(objectNamed(all, "Role", "agentic-events")).toBeUndefined();
  });

  it("lets those who make workloads of events create them in each tenant's namespace, and do nothing else", () => {
    for (const [engine, accounts] of [
      ["argo", ["document-sensor", "workload-sensor"]],
      ["builtin", ["event-receiver"]],
    ] as const) {
      const all = platforms[engine];
      const roles = objects(all, "Role").filter(({ metadata }) => metadata?.name === "agentic-events");
      expect(roles.map(({ metadata }) => metadata?.namespace).sort()).toEqual(["tenant-blue", "tenant-demo"]);
      for (const { rules } of nonEmpty(roles))
        expect(rules).toEqual([{ apiGroups: ["agentic.io"], resources: ["agentworkloads"], verbs: ["create"] }]);
      const bindings = [...objects(all, "RoleBinding"), ...objects(all, "ClusterRoleBinding")]
        .filter(({ metadata }) => metadata?.namespace !== space)
        .filter(({ subjects }) =>
          subjects.some(({ name }: { name: string }) => (accounts as readonly string[]).includes(name)),
        );
      expect(bindings.map(({ metadata, subjects }) => [metadata?.namespace, subjects]).sort()).toEqual(
        ["tenant-blue", "tenant-demo"].map((namespace) => [
          namespace,
          accounts.map((name) => ({ kind: "ServiceAccount", name, namespace: space })),
        ]),
      );
    }
  });
});

function* podLabels(all: readonly Registered[]): Generator<Record<string, string>> {
  for (const kind of ["Deployment", "EventSource", "Sensor"])
    for (const { spec } of inSpace(all, kind)) yield spec.template.metadata.labels;
}

describe("the receiver", () => {
  it("may remember deliveries in its own namespace, and nothing else there", () => {
    expect(inSpace(platforms.builtin, "Role")).toMatchObject([
      {
        metadata: { name: "event-receiver" },
        rules: [
          { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "deletecollection"] },
        ],
      },
    ]);
    expect(inSpace(platforms.builtin, "RoleBinding")).toMatchObject([
      { roleRef: { name: "event-receiver" }, subjects: [{ name: "event-receiver", namespace: space }] },
    ]);
  });

  it("takes no events for a tenant that wants none, and unsigned ones for a tenant that says so", async () => {
    const all = await program({
      tenants: [{ name: "a" }, { name: "b", events: "token" }, { name: "c", events: "none" }],
    });
    expect(Object.keys(objectNamed(all, "Secret", "webhook").stringData)).toEqual(["a", "b"]);
    const { pod } = podSpecs(all).find(({ owner }) => owner === "Deployment event-receiver") ?? {};
    expect(pod.containers[0].env).toEqual([{ name: "UNSIGNED_TENANTS", value: "b" }]);
    const roles = objects(all, "Role").filter(({ metadata }) => metadata?.name === "agentic-events");
    expect(roles.map(({ metadata }) => metadata?.namespace).sort()).toEqual(["tenant-a", "tenant-b"]);
  });

  it("gets the tokens from files, and talks to the API server alone", () => {
    const all = platforms.builtin;
    const { pod } = podSpecs(all).find(({ owner }) => owner === "Deployment event-receiver") ?? {};
    expect(pod.containers[0]).toMatchObject({
      image: images.eventReceiver,
      volumeMounts: [{ mountPath: "/tmp" }, { mountPath: "/etc/secrets/webhook", readOnly: true }],
    });
    expect(pod.volumes[1]).toEqual({ name: "token", secret: { secretName: "webhook", defaultMode: 0o440 } });
    expect(flowsOf(all)).toEqual({
      webhook: { from: ["anybody:12000"], to: ["10.9.0.2/32:443", "10.9.0.2/32:6443"] },
    });
  });

  it("is spread and kept from going all at once where there are several", async () => {
    const all = await alone(() => {
      new EventReceiver("several", { namespace: space, image: "r/receiver:1", secret: "webhook", replicas: 3 });
    });
    const { replicas, template } = objectNamed(all, "Deployment", "event-receiver").spec;
    expect([replicas, template.spec.topologySpreadConstraints.length]).toEqual([3, 2]);
    expect(inSpace(all, "PodDisruptionBudget")).toHaveLength(1);
  });
});

describe("Argo Events", () => {
  let all: Registered[];
  beforeAll(() => {
    all = platforms.argo;
  });

  it("has a controller that sees and changes its own namespace only", () => {
    const { pod } = podSpecs(all).find(({ owner }) => owner === "Deployment argo-events-controller") ?? {};
    expect(pod.containers[0].args).toEqual(["controller", "--namespaced", "--leader-election=false"]);
    const mentions = [...objects(all, "ClusterRole"), ...objects(all, "ClusterRoleBinding")];
    expect(JSON.stringify(mentions)).not.toMatch(/argo-events|eventbus|sensors/);
    const { rules } = objectNamed(all, "Role", "argo-events-controller");
    expect(JSON.stringify(rules)).not.toMatch(/\*|deletecollection|pods|leases/);
  });

  it("pins the bus' images in the controller's configuration, and the bus names that version", () => {
    const { eventBus: bus } = JSON.parse(
      objectNamed(all, "ConfigMap", "argo-events-controller-config").data["controller-config.yaml"],
    );
    expect(bus.jetstream.versions).toMatchObject([{ natsImage: expect.stringMatching(/nats:\d/) }]);
    // Upstream's controller doesn't start without a version of the bus that it had before.
    expect(bus.nats.versions).toHaveLength(1);
    expect(objectNamed(all, "EventBus", "default").spec.jetstream.version).toBe(bus.jetstream.versions[0].version);
  });

  it("runs every pod of the controller's making under Pod Security restricted, with requests and limits", () => {
    const { jetstream } = objectNamed(all, "EventBus", "default").spec;
    const templates = [...inSpace(all, "EventSource"), ...inSpace(all, "Sensor")].map(({ spec }) => spec.template);
    expect(templates).toHaveLength(3);
    for (const { securityContext } of [jetstream, ...templates]) {
      expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      expect(securityContext.runAsUser).toBeGreaterThan(0);
    }
    for (const container of [
      jetstream.containerTemplate,
      jetstream.reloaderContainerTemplate,
      jetstream.metricsContainerTemplate,
      ...templates.map((template) => template.container),
    ]) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(Object.keys(container.resources).sort()).toEqual(["limits", "requests"]);
    }
  });

  it("gives each part an account of its own, and a token to the sensors only", () => {
    const accounts = inSpace(all, "ServiceAccount").filter(({ metadata }) => metadata?.name !== "default");
    const tokens = Object.fromEntries(
      accounts.map(({ metadata, automountServiceAccountToken }) => [metadata?.name, automountServiceAccountToken]),
    );
    expect(tokens).toEqual({
      "argo-events-controller": false,
      "event-bus": false,
      webhook: false,
      "document-sensor": true,
      "workload-sensor": true,
    });
    const used = [...inSpace(all, "EventSource"), ...inSpace(all, "Sensor")].map(
      ({ spec }) => spec.template.serviceAccountName,
    );
    expect(new Set([...used, objectNamed(all, "EventBus", "default").spec.jetstream.serviceAccountName]).size).toBe(4);
  });

  it("takes each kind at a path of each tenant's, by POST with that tenant's token, up to the largest body", () => {
    const { webhook } = objectNamed(all, "EventSource", "webhook").spec;
    expect(Object.keys(webhook).sort()).toEqual(["blue-document", "blue-workload", "demo-document", "demo-workload"]);
    for (const tenant of ["demo", "blue"])
      for (const kind of EVENT_KINDS)
        expect(webhook[`${tenant}-${kind}`]).toEqual({
          endpoint: `/${tenant}/${kind}`,
          method: "POST",
          port: "12000",
          url: "",
          authSecret: { name: "webhook", key: tenant },
          maxPayloadSize: 262_144,
        });
  });

  it("makes AgentWorkloads of events, never Workflows, and of each tenant's token only for that tenant", () => {
    for (const kind of EVENT_KINDS) {
      const { dependencies, triggers } = objectNamed(all, "Sensor", kind).spec;
      expect(dependencies).toMatchObject(
        ["demo", "blue"].map((tenant) => ({
          name: `webhook-${tenant}`,
          eventSourceName: "webhook",
          eventName: `${tenant}-${kind}`,
          transform: { jq: eventProgram(kind, tenant) },
          filters: { data: [{ path: "tenant", type: "string", value: [`^${tenant}$`], comparator: "=" }] },
        })),
      );
      expect(triggers).toMatchObject(
        ["demo", "blue"].map((tenant) => ({
          atLeastOnce: true,
          template: {
            conditions: `webhook_${tenant}`,
            k8s: {
              operation: "create",
              source: { resource: { apiVersion: "agentic.io/v1alpha1", kind: "AgentWorkload" } },
              parameters: [
                {
                  src: { dependencyName: `webhook-${tenant}`, dataKey: "metadata", useRawData: true },
                  dest: "metadata",
                },
                { src: { dependencyName: `webhook-${tenant}`, dataKey: "spec", useRawData: true }, dest: "spec" },
              ],
            },
          },
        })),
      );
    }
  });

  it("lets each part talk to just whom it has to", () => {
    const apiServer = ["10.9.0.2/32:443", "10.9.0.2/32:6443"];
    expect(flowsOf(all)).toEqual({
      "argo-events-controller": { from: [], to: apiServer },
      "event-bus": {
        from: ["webhook:4222", "event-sensor:4222", "event-bus:6222"],
        to: ["event-bus:6222"],
      },
      webhook: { from: ["anybody:12000"], to: ["event-bus:4222"] },
      "event-sensor": { from: [], to: [...apiServer, "event-bus:4222"] },
    });
  });

  it("has a bus of three where anything is doubled, each with its stream", async () => {
    const twoTenants = await alone(() => {
      new ArgoEvents("several", { namespace: space, secret: "webhook", tenants: ["demo"], replicas: 2 });
    });
    const { jetstream } = objectNamed(twoTenants, "EventBus", "default").spec;
    expect([jetstream.replicas, JSON.parse(jetstream.streamConfig).replicas]).toEqual([3, 3]);
    expect(jetstream.affinity).toBeDefined();
    expect(objectNamed(twoTenants, "EventSource", "webhook").spec.replicas).toBe(2);
    expect(
      inSpace(twoTenants, "PodDisruptionBudget")
        .map(({ metadata }) => metadata?.name)
        .sort(),
    ).toEqual(["event-bus", "webhook"]);
    const bus = eventBus({ account: "a", storage: "1Gi" }).jetstream;
    expect([bus.replicas, JSON.parse(bus.streamConfig).replicas, bus.affinity]).toEqual([1, 1, undefined]);
  });

  it("takes messages of a Pub/Sub subscription as workloads, and makes and deletes none itself", () => {
    const pods = {
      account: "pubsub",
      resources: { requests: { cpu: "1", memory: "1Mi" }, limits: { cpu: "1", memory: "1Mi" } },
    };
    expect(pubsubSource(pods, { project: "p", topic: "t", subscription: "s" }).pubSub).toEqual({
      workload: {
        projectID: "p",
        subscriptionID: "s",
        metadata: { topic: "t" },
        jsonBody: true,
        deleteSubscriptionOnFinish: false,
      },
    });
  });
});

describe("with a Pub/Sub subscription", () => {
  it("the workload's sensor hears both sources, and only that one may go out", async () => {
    const registered = await alone(() => {
      const pubsub = { project: "p", topic: "t", subscription: "s" };
      new ArgoEvents("events", { namespace: space, secret: "webhook", tenants: ["demo"], pubsub });
      new EventNetwork("net", { namespace: space, engine: "argo", apiServerCidrs: ["10.9.0.2/32"], pubsub: true });
    });
    const sources = (kind: string) =>
      objectNamed(registered, "Sensor", kind).spec.dependencies.map((dependency: { name: string }) => dependency.name);
    expect([sources("document"), sources("workload")]).toEqual([["webhook-demo"], ["webhook-demo", "pubsub"]]);
    expect(objectNamed(registered, "Sensor", "workload").spec.triggers).toHaveLength(2);
    expect(flowsOf(registered).pubsub?.to).toContain("199.36.153.8/30:443");
    expect(flowsOf(registered)["event-bus"]?.from).toContain("pubsub:4222");
    expect(JSON.stringify(flowsOf(registered))).not.toContain("0.0.0.0/0");
  });
});

/** What a few components register, without the platform around them. */
async function alone(make: () => void): Promise<Registered[]> {
  const before = await registeredSoFar();
  make();
  return (await registeredSoFar()).slice(before.length);
}

describe("a sensor's program", () => {
  it("says the same as the receiver, in jq", () => {
    expect(eventProgram("document")).toContain(JSON.stringify(DEFAULT_OBJECTIVE));
    expect(eventProgram("document")).toContain('{generateName: "document-"}');
    expect(eventProgram("workload")).toContain("del(.tenant, .name)");
  });

  // Only where there is one: a test that is skipped counts as failed.
  if (spawnSync("jq", ["--version"]).status === 0) runByJq();
});

/** What jq itself makes of the programs. Not registered where there is none: a test that is skipped counts as failed. */
function runByJq(): void {
  describe("run by jq", () => {
    const run = (owner: string | undefined, event: object) => {
      const { stdout, stderr } = spawnSync("jq", ["-c", eventProgram("document", owner)], {
        input: JSON.stringify(event),
      });
      expect(String(stderr)).toBe("");
      return JSON.parse(String(stdout));
    };
    const url = "https://example.com/";
    const header = { "Webhook-Id": ["Msg_1"] };

    it.each([{ url }, { url, tenant: "demo", jobId: "J_1" }, { url, name: "n", objective: "x" }])(
      "makes the receiver's workload of %j",
      (body) => {
        const { tenant, ...made } = run("demo", { header, body });
        const { metadata, spec } = workloadOf("document", body, { tenant: "demo", id: "Msg_1" });
        expect([tenant, made]).toEqual(["demo", { metadata, spec }]);
      },
    );

    it.each([{ url, tenant: "blue" }, { url, tenant: 7 }, { url, tenant: "" }, [url], "x", 7, null])(
      "has no tenant for %j with another's token",
      (body) => {
        expect(run("demo", { header, body }).tenant).toBe("");
      },
    );

    it("takes the tenant of a message from its body, and no name from an id that is none", () => {
      expect(run(undefined, { body: { url, tenant: "blue" } }).tenant).toBe("blue");
      expect(run(undefined, { body: { url } }).tenant).toBe("");
      expect(run("demo", { header: { "Webhook-Id": ["../x"] }, body: { url } }).metadata.generateName).toBe(
        "document-",
      );
    });
  });
}

describe("a component refuses before it registers anything", () => {
  it.each([
    [ArgoEvents, { replicas: 0, tenants: ["demo"] }, "replicas"],
    [ArgoEvents, { tenants: [] }, "tenants"],
    [EventReceiver, { replicas: 1.5 }, "replicas"],
  ])("%o with %j", (Component, args, message) => {
    expect(() => new (Component as new (name: string, args: object) => unknown)("bad", args)).toThrow(message);
  });
});
