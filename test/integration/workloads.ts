// Plays the part of controllers and nodes for a bare API server: whatever should run is told to be running.
import { setTimeout as sleep } from "node:timers/promises";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { Client } from "@agentic/kube/client/client.ts";
import { connectionOf } from "@agentic/kube/kubeconfig/connection.ts";
import type { ApiServer } from "./apiserver.ts";

/** Controllers that a bare API server can have beside this: the others would say that no pod runs. */
export const realControllers = [
  "namespace-controller",
  "serviceaccount-controller",
  "serviceaccount-token-controller",
  "garbage-collector-controller",
  "resourcequota-controller",
] as const;

interface Item {
  metadata: { name: string; namespace: string; generation?: number; uid: string };
  spec: { replicas?: number; selector?: object; clusterIP?: string };
  status?: { observedGeneration?: number; conditions?: unknown[]; updatedReplicas?: number };
}

/** Tells of every workload and Service that it is ready, until it is stopped. */
export function playWorkloads(server: ApiServer): { stop(): Promise<void> } {
  const client = new Client(connectionOf({ kubeconfig: server.kubeconfig }));
  /** What is gone meanwhile, or there already, needs nothing. */
  const ignoreRefusal = async (write: Promise<unknown>) => {
    await write.catch((error: unknown) => {
      if (!isStatus(error, 404, 409)) throw error;
    });
  };
  const writeStatus = async (path: string, resource: string, status: (item: Item) => object | undefined) => {
    for (const item of await client.list<Item>(`${path}/${resource}`)) {
      const nextStatus = status(item);
      const { namespace, name } = item.metadata;
      if (!nextStatus) continue;
      const object = `${path}/namespaces/${namespace}/${resource}/${name}`;
      await ignoreRefusal(client.patch(`${object}/status`, { status: nextStatus }));
    }
  };
  const rolledOut = ({ metadata: { generation = 0 }, spec: { replicas = 1 }, status }: Item) => {
    if (status?.observedGeneration === generation && status.updatedReplicas === replicas) return undefined;
    const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
    return { observedGeneration: generation, ...counts };
  };
  const playOnce = async () => {
    await writeStatus("/apis/apps/v1", "deployments", rolledOut);
    await writeStatus("/apis/apps/v1", "statefulsets", (item) => {
      const now = rolledOut(item);
      return now && { ...now, currentRevision: "one", updateRevision: "one" };
    });
    await writeStatus("/apis/batch/v1", "jobs", ({ status }) => {
      if (status?.conditions) return undefined;
      const at = new Date().toISOString().replace(/\.\d+/, "");
      const condition = (type: string) => ({ type, status: "True", lastTransitionTime: at, lastProbeTime: at });
      const conditions = [condition("SuccessCriteriaMet"), condition("Complete")];
      return { startTime: at, completionTime: at, succeeded: 1, conditions };
    });
    const services = await client.list<Item>("/api/v1/services");
    const slices = await client.list<Item>("/apis/discovery.k8s.io/v1/endpointslices");
    const served = new Set(slices.map(({ metadata: { name, namespace } }) => `${namespace}/${name}`));
    for (const { metadata, spec } of services) {
      const { namespace } = metadata;
      const name = `${metadata.name}-played`;
      if (!spec.selector || spec.clusterIP === "None" || served.has(`${namespace}/${name}`)) continue;
      const slice = {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name, labels: { "kubernetes.io/service-name": metadata.name } },
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
        ports: [],
      };
      await ignoreRefusal(client.create(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, slice));
    }
  };
  let stopped = false;
  let failure: Error | undefined;
  const loop = (async () => {
    while (!stopped) {
      await playOnce().catch((error: Error) => {
        failure = error;
      });
      await sleep(200);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await loop;
      await client.destroy();
      if (failure) throw failure;
    },
  };
}
