// Argo Events, its sensors' programs and its subscriptions.
import { spawnSync } from "node:child_process";
import { DEFAULT_OBJECTIVE, EVENT_KINDS, workloadOf } from "@agentic/api/webhook.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { ArgoEvents } from "../../../components/events/argo-events.ts";
import { eventProgram } from "../../../components/events/jq.ts";
import { EventNetwork } from "../../../components/events/network.ts";
import { eventBus, pubsubSource } from "../../../components/events/objects.ts";
import { alone, flowsOf, inSpace, objectNamed, platforms, space, tenants } from "./event-platforms.ts";
import { mock, objects, podSpecs, program, type Registered } from "./program.ts";

beforeAll(async () => {
  mock();
  platforms.builtin = await program({ tenants });
  platforms.argo = await program({ eventEngine: "argo", tenants });
}, 30_000);

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
    const submittedBy = "system:serviceaccount:argo-events:document-sensor";

    it.each([{ url }, { url, tenant: "demo", jobId: "J_1" }, { url, name: "n", objective: "x" }])(
      "makes the receiver's workload of %j",
      (body) => {
        const { tenant, ...created } = run("demo", { header, body });
        const { metadata, spec } = workloadOf("document", body, { tenant: "demo", id: "Msg_1", submittedBy });
        expect([tenant, created]).toEqual(["demo", { metadata, spec }]);
      },
    );

    it("makes the workload a part of the sender's trace, and of none that isn't one", () => {
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
      const { metadata } = run("demo", { header: { ...header, Traceparent: [traceparent] }, body: { url } });
      const delivery = { tenant: "demo", id: "Msg_1", traceparent, submittedBy };
      expect(metadata).toEqual(workloadOf("document", { url }, delivery).metadata);
      expect(metadata.annotations).toMatchObject({ "agentic.io/traceparent": traceparent });
      const broken = run("demo", { header: { ...header, Traceparent: ["00-x"] }, body: { url } });
      expect(broken.metadata.annotations).toEqual({ "agentic.io/submitted-by": submittedBy });
    });

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
