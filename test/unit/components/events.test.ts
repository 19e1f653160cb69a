// What takes events: Argo Events or the receiver, each closed but for what its part needs.
import { WEBHOOK } from "@agentic/api/webhook.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { ArgoEvents } from "../../../components/events/argo-events.ts";
import { EventReceiver } from "../../../components/events/receiver.ts";
import { nonEmpty } from "../../non-empty.ts";
import { alone, flowsOf, inSpace, objectNamed, platforms, space, tenants } from "./event-platforms.ts";
import { images, mock, objects, podSpecs, program, type Registered } from "./program.ts";

beforeAll(async () => {
  mock();
  platforms.builtin = await program({ tenants });
  platforms.argo = await program({ eventEngine: "argo", tenants });
}, 30_000);

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

describe("a component refuses before it registers anything", () => {
  it.each([
    [ArgoEvents, { replicas: 0, tenants: ["demo"] }, "replicas"],
    [ArgoEvents, { tenants: [] }, "tenants"],
    [EventReceiver, { replicas: 1.5 }, "replicas"],
  ])("%o with %j", (Component, args, message) => {
    expect(() => new (Component as new (name: string, args: object) => unknown)("bad", args)).toThrow(message);
  });
});
