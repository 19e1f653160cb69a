// When objects count as ready.
import { afterEach, expect, test, vi } from "vitest";
import { annotationFault } from "../../../embedded/deploy/kubernetes/annotations.ts";
import type { KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { hasReadiness, timeoutOf } from "../../../embedded/deploy/kubernetes/readiness.ts";
import {
  apart,
  claim,
  condition,
  daemons,
  daemonsReady,
  deployment,
  endpoints,
  type Fields,
  ingress,
  object,
  onDelete,
  partition,
  pastDeadline,
  phase,
  readiness,
  rolledOut,
  sameRevision,
  selector,
  service,
  set,
  waiting,
} from "./ready-objects.ts";

const cases: [string, KubeObject, string | undefined, Record<string, Fields[]>?][] = [
  ["a finished rollout", deployment(rolledOut), undefined],
  ["a field that has its value", waiting(phase, { phase: "Completed" }), undefined],
  ["a field with another value", waiting(phase, { phase: "Running" }), phase],
  ["a field that must be there", waiting("jsonpath={.status.list[0].name}", { list: [{ name: "a" }] }), undefined],
  ["a missing field", waiting("jsonpath={.status.list[0].name}", {}), "jsonpath={.status.list[0].name}"],
  ["a field that is null, and there", waiting("jsonpath={.status.a}", { a: null }), undefined],
  ["a number", waiting("jsonpath={ .status.count }=3", { count: 3 }), undefined],
  [
    "a field that a filter finds",
    waiting(`jsonpath={.status.conditions[?(@.type=="Ready")].status}=True`, condition("Ready", "True")),
    undefined,
  ],
  ["a field of an earlier generation", waiting(phase, { phase: "Completed", observedGeneration: 1 }), phase],
  ["a condition", waiting("condition=Ready", condition("Ready", "True")), undefined],
  ["a condition in other letters", waiting("condition=ready=true", condition("Ready", "True")), undefined],
  ["a condition with a domain", waiting("condition=a.example/Up", condition("a.example/Up", "True")), undefined],
  [
    "a condition of another status",
    waiting("condition=Ready=False", condition("Ready", "True")),
    "condition=Ready=False",
  ],
  [
    "a condition of an earlier generation",
    waiting("condition=Ready", condition("Ready", "True", { observedGeneration: 1 })),
    "condition=Ready",
  ],
  ["several of which one holds", waiting(`["condition=Ready", "${phase}"]`, condition("Ready", "True")), phase],
  ["a change not seen yet", deployment({ ...rolledOut, observedGeneration: 1 }), "the controller to see the change"],
  ["old pods left", deployment({ ...rolledOut, replicas: 3 }), "1 old pods to go"],
  [
    "new pods missing",
    deployment({ ...rolledOut, updatedReplicas: 1, replicas: 1 }),
    "1 of 2 pods are of the new revision",
  ],
  ["pods not available", deployment({ ...rolledOut, availableReplicas: 1 }), "1 of 2 pods are ready"],
  ["no pods wanted", deployment({ observedGeneration: 2 }, 0), undefined],
  [
    "a rollout past its deadline, which may still come to its end",
    deployment({ ...rolledOut, availableReplicas: 1, ...pastDeadline }),
    "1 of 2 pods are ready (timed out)",
  ],
  [
    "a paused deployment",
    object("apps/v1", "Deployment", { replicas: 2, paused: true }, { observedGeneration: 2 }),
    undefined,
  ],
  [
    "a paused deployment that nobody has seen",
    object("apps/v1", "Deployment", { replicas: 2, paused: true }, { observedGeneration: 1 }),
    "the controller to see the change",
  ],
  ["a stateful set between revisions", set({}, { ...rolledOut, ...apart }), "the new revision to be rolled out"],
  ["a stateful set that is there", set({}, { ...rolledOut, ...sameRevision }), undefined],
  [
    "a stateful set with a pod that isn't ready",
    set({}, { ...rolledOut, ...sameRevision, readyReplicas: 1 }),
    "1 of 2 pods are ready",
  ],
  [
    "a stateful set whose pods get their revision when somebody deletes them",
    set(onDelete, { ...rolledOut, ...apart }),
    undefined,
  ],
  ["the same with a pod missing", set(onDelete, { ...rolledOut, ...apart, readyReplicas: 1 }), "1 of 2 pods are ready"],
  ["a partition that is rolled out", set(partition(1), { ...rolledOut, ...apart, updatedReplicas: 1 }), undefined],
  [
    "a partition under way",
    set(partition(1), { ...rolledOut, ...apart, updatedReplicas: 0 }),
    "0 of 1 pods above the partition are of the new revision",
  ],
  ["a partition that keeps all", set(partition(5), { ...rolledOut, ...apart, updatedReplicas: 0 }), undefined],
  ["a daemon set", daemons({ updatedNumberScheduled: 2 }), "0 of 2 pods are available"],
  ["a daemon set that is there", daemons({ updatedNumberScheduled: 2, ...daemonsReady }), undefined],
  ["a daemon set between revisions", daemons(daemonsReady), "0 of 2 pods are of the new revision"],
  ["a daemon set whose pods get their revision when somebody deletes them", daemons(daemonsReady, onDelete), undefined],
  ["a replication controller", object("v1", "ReplicationController", { replicas: 1 }), "0 of 1 pods are available"],
  ["a finished job", object("batch/v1", "Job", {}, condition("Complete", "True")), undefined],
  ["a job under way", object("batch/v1", "Job", {}, {}), "the job to complete"],
  ["a suspended job", object("batch/v1", "Job", { suspend: true }, {}), undefined],
  ["a pod that ended well", object("v1", "Pod", {}, { phase: "Succeeded" }), undefined],
  ["a pod that starts", object("v1", "Pod", {}, { phase: "Pending" }), "the pod: Pending"],
  [
    "a definition on its way",
    object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}, {}),
    "the definition to be established",
  ],
  [
    "a quota that isn't in force",
    object("v1", "ResourceQuota", { hard: { pods: "1" } }, {}),
    "the quota to be in force",
  ],
  [
    "a quota in force, in any order",
    object("v1", "ResourceQuota", { hard: { pods: "1", a: "2" } }, { hard: { a: "2", pods: "1" } }),
    undefined,
  ],
  [
    "an account's token",
    { ...object("v1", "Secret", {}), type: "kubernetes.io/service-account-token" },
    "the account's token",
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
  [
    "a claim of no class, whatever the default one is",
    claim("Pending", ""),
    "a volume to be bound",
    {
      StorageClass: [
        {
          metadata: { name: "x", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
          volumeBindingMode: "WaitForFirstConsumer",
        },
      ],
    },
  ],
  ["a headless service", service({ clusterIP: "None", selector }), undefined],
  ["a service without a selector", service({}), undefined],
  ["an external name", service({ type: "ExternalName", selector }), undefined],
  ["a service whose endpoints nobody has written yet", service({ selector }), "its endpoints"],
  ["a service whose pods may still come", service({ selector }), "its endpoints", endpoints()],
  [
    "a service with a pod that isn't ready",
    service({ selector }),
    "1 pods behind the service to be ready",
    endpoints({ ready: false }, { ready: true }),
  ],
  ["a service with a pod that ends", service({ selector }), undefined, endpoints({ ready: false, terminating: true })],
  ["a service with a pod", service({ selector }), undefined, endpoints({ ready: true })],
  ["a load balancer", service({ type: "LoadBalancer", selector }), "the load balancer to get an address"],
  [
    "a load balancer without pods to wait for",
    service({ type: "LoadBalancer" }),
    "the load balancer to get an address",
  ],
  ["an ingress whose service has no endpoints yet", ingress({ ip: "10.0.0.1" }), "endpoints of service web"],
  ["an ingress with its service", ingress({ ip: "10.0.0.1" }), undefined, endpoints()],
];
test.each(cases)("%s", async (_, now, expected, lists) => {
  expect(hasReadiness(now)).toBe(true);
  expect(await readiness(now, lists)).toBe(expected);
});

const hopeless: [string, KubeObject, string][] = [
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
  await expect(readiness(now)).rejects.toThrow(message);
});

test("endpoints that nobody writes, and pods that nobody makes, are not waited for any longer after some seconds", async () => {
  expect(await readiness(service({ selector }), {}, 5000)).toBeUndefined();
  expect(await readiness(service({ selector }), endpoints(), 5000)).toBeUndefined();
  expect(await readiness(ingress({ ip: "10.0.0.1" }), {}, 5000)).toBeUndefined();
});

test("what has no readiness, or is not to be waited for, is ready when it is there", () => {
  for (const [apiVersion, kind] of [
    ["v1", "ConfigMap"],
    ["v1", "Namespace"],
    ["apiregistration.k8s.io/v1", "APIService"],
    ["example.com/v1", "Anything"],
    ["example.com/v1", "Deployment"],
  ] as const)
    expect(hasReadiness(object(apiVersion, kind, {})), kind).toBe(false);
  const skipped = deployment({});
  skipped.metadata.annotations = { "pulumi.com/skipAwait": "true", "pulumi.com/waitFor": phase };
  expect(hasReadiness(skipped)).toBe(false);
});

test("what takes its time has the time that the provider gives it", () => {
  expect(timeoutOf(deployment(rolledOut))).toBe(600);
  expect(timeoutOf(claim("Pending"))).toBe(300);
  expect(timeoutOf(object("v1", "ResourceQuota", {}))).toBe(60);
});

const generic: [string, KubeObject, string | undefined][] = [
  ["nothing said of it", object("example.com/v1", "Anything", {}), undefined],
  ["ready", object("example.com/v1", "Anything", {}, condition("Ready", "True")), undefined],
  ["not ready", object("example.com/v1", "Anything", {}, condition("Ready", "False", { message: "soon" })), "soon"],
  ["changing", object("example.com/v1", "Anything", {}, condition("Reconciling", "True", { reason: "New" })), "New"],
  ["stuck", object("example.com/v1", "Anything", {}, condition("Stalled", "True", { message: "no" })), "no"],
  ["not seen", object("example.com/v1", "Anything", {}, { observedGeneration: 1 }), "the controller to see the change"],
  ["too few pods", object("apps/v1", "ReplicaSet", { replicas: 1 }, { observedGeneration: 2 }), "0 of 1 pods"],
];
test.each(generic)("PULUMI_K8S_AWAIT_ALL waits for any kind by its conditions: %s", async (_, now, expected) => {
  vi.stubEnv("PULUMI_K8S_AWAIT_ALL", "true");
  const result = await readiness(now);
  if (expected === undefined) expect(result).toBeUndefined();
  else expect(result).toContain(expected);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const refusals: [string, string][] = [
  ["phase==Done", "write jsonpath={.status.phase}=Value"],
  ["jsonpath=.status.phase=Done", "write jsonpath={.status.phase}=Value"],
  ["jsonpath={.status[}", "is not a JSONPath of RFC 9535"],
  ["[1]", "is not a valid array of texts"],
  ["[]", "at least one condition"],
];
test.each(refusals)(
  "waiting for '%s' is refused with what can be waited for, before anything is made",
  (text, message) => {
    expect(annotationFault({ "pulumi.com/waitFor": text })).toContain(message);
  },
);

test("a time-out that is no number is refused", () => {
  expect(annotationFault({ "pulumi.com/timeoutSeconds": "10m" })).toContain("not a whole number of seconds");
  expect(annotationFault({ "pulumi.com/timeoutSeconds": "600", "pulumi.com/waitFor": phase })).toBeUndefined();
});

test("annotations that ask for what isn't done are refused by their names", () => {
  expect(annotationFault({ "pulumi.com/replaceUnready": "true" })).toContain("annotation pulumi.com/replaceUnready");
  expect(annotationFault({ "pulumi.com/replaceUnready": "false" })).toBeUndefined();
  const policy = "pulumi.com/deletionPropagationPolicy";
  expect(annotationFault({ [policy]: "Orphan" })).toContain(`annotation ${policy}: 'Orphan'`);
  expect(annotationFault({ [policy]: "background" })).toBeUndefined();
});

test("a list is not compared with a value", async () => {
  await expect(readiness(waiting("jsonpath={.status.list}=a", { list: ["a"] }))).rejects.toThrow("a list or a map");
});
