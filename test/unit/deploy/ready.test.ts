// When objects count as ready, and what they are said to wait for.
import { expect, test } from "vitest";
import type { Cluster, KubeObject, Target } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { awaitReady, hasReadiness, readiness } from "../../../embedded/deploy/kubernetes/ready.ts";

type Fields = Record<string, unknown>;

/** A cluster of lists alone, by kind; watches and polls give `states` one after the other. */
function cluster(lists: Record<string, Fields[]> = {}, states: (Fields | undefined)[] = []): Cluster {
  async function* walk() {
    yield* states;
  }
  const fake = {
    list: async ({ kind }: Target) => lists[kind] ?? [],
    get: async () => states.at(-1),
    watch: walk,
    poll: walk,
  };
  return fake as unknown as Cluster;
}

const object = (apiVersion: string, kind: string, spec: Fields, status?: Fields): KubeObject =>
  ({ apiVersion, kind, metadata: { name: "one", namespace: "space", generation: 2 }, spec, status }) as KubeObject;
const deployment = (status: Fields, replicas = 2) => object("apps/v1", "Deployment", { replicas }, status);
const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2 };
const condition = (type: string, status: string, more: Fields = {}) => ({ conditions: [{ type, status, ...more }] });
const claim = (phase: string, storageClassName?: string) =>
  object("v1", "PersistentVolumeClaim", { storageClassName }, { phase });
const service = (spec: Fields, status: Fields = {}) => object("v1", "Service", spec, status);
const selector = { app: "one" };

const waiting = (waitFor: string, status: Fields, kind = "Anything") => {
  const made = object("example.com/v1", kind, {}, status);
  return { ...made, metadata: { ...made.metadata, annotations: { "pulumi.com/waitFor": waitFor } } } as KubeObject;
};
const phase = "jsonpath={.status.phase}=Completed";

const cases: [string, KubeObject, string | undefined, Record<string, Fields[]>?][] = [
  ["a finished rollout", deployment(done), undefined],
  ["a field that has its value", waiting(phase, { phase: "Completed" }), undefined],
  ["a field with another value", waiting(phase, { phase: "Running" }), phase],
  ["a field that must be there", waiting("jsonpath={.status.list[0].name}", { list: [{ name: "a" }] }), undefined],
  ["a missing field", waiting("jsonpath={.status.list[0].name}", {}), "jsonpath={.status.list[0].name}"],
  ["a condition", waiting("condition=Ready", condition("Ready", "True")), undefined],
  [
    "a condition of another status",
    waiting("condition=Ready=False", condition("Ready", "True")),
    "condition=Ready=False",
  ],
  ["several of which one holds", waiting(`["condition=Ready", "${phase}"]`, condition("Ready", "True")), phase],
  ["a change not seen yet", deployment({ ...done, observedGeneration: 1 }), "the controller to see the change"],
  ["old pods left", deployment({ ...done, replicas: 3 }), "1 old pods to go"],
  ["new pods missing", deployment({ ...done, updatedReplicas: 1, replicas: 1 }), "1 of 2 pods are of the new revision"],
  ["pods not available", deployment({ ...done, availableReplicas: 1 }), "1 of 2 pods are ready"],
  ["no pods wanted", deployment({ observedGeneration: 2 }, 0), undefined],
  [
    "a stateful set between revisions",
    object("apps/v1", "StatefulSet", { replicas: 2 }, { ...done, currentRevision: "a", updateRevision: "b" }),
    "the new revision to be rolled out",
  ],
  [
    "a daemon set",
    object("apps/v1", "DaemonSet", {}, { observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 2 }),
    "0 of 2 pods are available",
  ],
  ["a finished job", object("batch/v1", "Job", {}, condition("Complete", "True")), undefined],
  ["a job under way", object("batch/v1", "Job", {}, {}), "the job to complete"],
  ["a namespace", object("v1", "Namespace", {}, { phase: "Active" }), undefined],
  ["a pod that ended well", object("v1", "Pod", {}, { phase: "Succeeded" }), undefined],
  ["a pod that starts", object("v1", "Pod", {}, { phase: "Pending" }), "the pod: Pending"],
  [
    "a definition on its way",
    object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}, {}),
    "the definition to be established",
  ],
  ["a bound claim", claim("Bound"), undefined],
  [
    "a claim that binds at its first use",
    claim("Pending", "late"),
    undefined,
    { StorageClass: [{ metadata: { name: "late" }, volumeBindingMode: "WaitForFirstConsumer" }] },
  ],
  [
    "a claim of the default class",
    claim("Pending"),
    "a volume to be bound",
    {
      StorageClass: [
        { metadata: { name: "x", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } },
      ],
    },
  ],
  ["a headless service", service({ clusterIP: "None", selector }), undefined],
  ["a service without a selector", service({}), undefined],
  ["an external name", service({ type: "ExternalName", selector }), undefined],
  ["a service without pods", service({ selector }), "a pod behind the service"],
  [
    "a service with a pod that isn't ready",
    service({ selector }),
    "a pod behind the service",
    { EndpointSlice: [{ endpoints: [{ conditions: { ready: false } }] }] },
  ],
  [
    "a service with a pod",
    service({ selector }),
    undefined,
    { EndpointSlice: [{ endpoints: [{ conditions: { ready: true } }] }] },
  ],
  ["a load balancer", service({ type: "LoadBalancer", selector }), "the load balancer to get an address"],
];
test.each(cases)("%s", async (_, now, expected, lists) => {
  expect(hasReadiness(now)).toBe(true);
  expect(await readiness(now, cluster(lists))).toBe(expected);
});

const hopeless: [string, KubeObject, string][] = [
  [
    "a rollout past its deadline",
    deployment(condition("Progressing", "False", { reason: "ProgressDeadlineExceeded", message: "timed out" })),
    "timed out",
  ],
  [
    "a failed job",
    object(
      "batch/v1",
      "Job",
      {},
      condition("Failed", "True", { reason: "BackoffLimitExceeded", message: "too often" }),
    ),
    "BackoffLimitExceeded: too often",
  ],
  ["a failed pod", object("v1", "Pod", {}, { phase: "Failed", message: "evicted" }), "the pod failed: evicted"],
  ["a lost claim", claim("Lost"), "the claim's volume is lost"],
];
test.each(hopeless)("%s is not waited for any longer", async (_, now, message) => {
  await expect(readiness(now, cluster())).rejects.toThrow(message);
});

test("what has no readiness, or is not to be waited for, is ready when it is there", () => {
  expect(hasReadiness(object("v1", "ConfigMap", {}))).toBe(false);
  const skipped = deployment({});
  skipped.metadata.annotations = { "pulumi.com/skipAwait": "true" };
  expect(hasReadiness(skipped)).toBe(false);
});

const target = { apiVersion: "apps/v1", kind: "Deployment", namespace: "space", name: "one" };

test("waiting tells each new reason once and ends with the ready object", async () => {
  const told: string[] = [];
  const half = deployment({ ...done, availableReplicas: 1 });
  const states = [half, half, deployment(done)];
  const ready = await awaitReady(cluster({}, states), target, 5, (what) => told.push(what));
  expect(told).toEqual(["1 of 2 pods are ready"]);
  expect(ready).toBe(states[2]);
});

test("an object that is deleted meanwhile is not waited for", async () => {
  await expect(awaitReady(cluster({}, [undefined]), target, 5, () => {})).rejects.toThrow(
    "Deployment space/one was deleted while it was waited for",
  );
});

test("the time's end names what is missing and what the pods say", async () => {
  const waiting = object(
    "apps/v1",
    "Deployment",
    { replicas: 1, selector: { matchLabels: selector } },
    {
      observedGeneration: 2,
    },
  );
  const pod = object(
    "v1",
    "Pod",
    {},
    {
      phase: "Pending",
      containerStatuses: [{ name: "main", state: { waiting: { reason: "ErrImagePull", message: "no such image" } } }],
    },
  );
  await expect(awaitReady(cluster({ Pod: [pod] }, [waiting]), target, 1, () => {})).rejects.toThrow(
    "not ready after 1 s, still waiting for 0 of 1 pods are of the new revision. Pod one: main: ErrImagePull no such image",
  );
});

test("what can't be waited for is refused with what can", async () => {
  await expect(readiness(waiting("phase==Done", {}), cluster())).rejects.toThrow(
    "write jsonpath={.status.phase}=Value",
  );
  await expect(readiness(waiting("[1]", {}), cluster())).rejects.toThrow("no array of texts");
});
