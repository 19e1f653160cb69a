// Objects in all states of readiness, and a cluster that says what a test gives it.
import type { Cluster, KubeObject, Target } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { readiness as readinessIn } from "../../../embedded/deploy/kubernetes/readiness.ts";

export type Fields = Record<string, unknown>;

/** A cluster of lists alone, by kind; watches and polls give `states` one after the other. */
export function cluster(lists: Record<string, Fields[]> = {}, states: (Fields | undefined)[] = []): Cluster {
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

export const readiness = (now: KubeObject, lists?: Record<string, Fields[]>, waited = 0) =>
  readinessIn(now, { cluster: cluster(lists), waited });
export const object = (apiVersion: string, kind: string, spec: Fields, status?: Fields): KubeObject =>
  ({ apiVersion, kind, metadata: { name: "one", namespace: "space", generation: 2 }, spec, status }) as KubeObject;
export const deployment = (status: Fields, replicas = 2) => object("apps/v1", "Deployment", { replicas }, status);
export const rolledOut = {
  observedGeneration: 2,
  replicas: 2,
  updatedReplicas: 2,
  availableReplicas: 2,
  readyReplicas: 2,
};
export const condition = (type: string, status: string, more: Fields = {}) => ({
  conditions: [{ type, status, ...more }],
});
export const claim = (phase: string, storageClassName?: string) =>
  object("v1", "PersistentVolumeClaim", { storageClassName }, { phase });
export const service = (spec: Fields, status: Fields = {}) => object("v1", "Service", spec, status);
export const selector = { app: "one" };

export const waiting = (waitFor: string, status: Fields, kind = "Anything") => {
  const withStatus = object("example.com/v1", kind, {}, status);
  return {
    ...withStatus,
    metadata: { ...withStatus.metadata, annotations: { "pulumi.com/waitFor": waitFor } },
  } as KubeObject;
};
export const phase = "jsonpath={.status.phase}=Completed";

export const set = (spec: Fields, status: Fields) => object("apps/v1", "StatefulSet", { replicas: 2, ...spec }, status);
export const sameRevision = { currentRevision: "a", updateRevision: "a" };
export const apart = { currentRevision: "a", updateRevision: "b" };
export const partition = (number: number) => ({
  updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: number } },
});
export const onDelete = { updateStrategy: { type: "OnDelete" } };
export const daemons = (status: Fields, spec: Fields = {}) =>
  object("apps/v1", "DaemonSet", spec, { observedGeneration: 2, desiredNumberScheduled: 2, ...status });
export const daemonsReady = { numberAvailable: 2, numberReady: 2 };
export const endpoints = (...conditions: Fields[]) => ({
  EndpointSlice: [{ endpoints: conditions.map((endpoint) => ({ conditions: endpoint })) }],
});
export const ingress = (address: Fields) =>
  object(
    "networking.k8s.io/v1",
    "Ingress",
    { rules: [{ http: { paths: [{ backend: { service: { name: "web" } } }, { backend: { resource: {} } }] } }] },
    { loadBalancer: { ingress: [address] } },
  );
export const pastDeadline = condition("Progressing", "False", {
  reason: "ProgressDeadlineExceeded",
  message: "timed out",
});
