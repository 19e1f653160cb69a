// Plays the part of controllers and nodes for a bare API server: whatever should run is told to be running.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
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
  const kubeconfig = JSON.parse(readFileSync(server.kubeconfig, "utf8"));
  const decode = (text: string) => Buffer.from(text, "base64");
  const { user } = kubeconfig.users[0];
  const agent = new Agent({
    keepAlive: true,
    ca: decode(kubeconfig.clusters[0].cluster["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
  });
  const call = (method: string, path: string, body?: object): Promise<{ items?: Item[] }> =>
    new Promise((resolve, reject) => {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const sent = request(`${server.url}${path}`, { method, agent, headers: { "content-type": type } }, (answer) => {
        let text = "";
        answer.on("data", (data) => {
          text += data;
        });
        answer.on("end", () => {
          const { statusCode = 0 } = answer;
          // What is gone meanwhile, or there already, needs nothing.
          if (statusCode < 300 || statusCode === 404 || statusCode === 409) resolve(JSON.parse(text));
          else reject(new Error(`${method} ${path}: ${statusCode} ${text}`));
        });
      });
      sent.on("error", reject);
      sent.end(body && JSON.stringify(body));
    });

  const list = async (path: string) => (await call("GET", path)).items ?? [];
  const told = async (path: string, resource: string, status: (item: Item) => object | undefined) => {
    for (const item of await list(`${path}/${resource}`)) {
      const now = status(item);
      const { namespace, name } = item.metadata;
      if (now) await call("PATCH", `${path}/namespaces/${namespace}/${resource}/${name}/status`, { status: now });
    }
  };
  const running = ({ metadata: { generation = 0 }, spec: { replicas = 1 }, status }: Item) => {
    if (status?.observedGeneration === generation && status.updatedReplicas === replicas) return undefined;
    const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
    return { observedGeneration: generation, ...counts };
  };
  const round = async () => {
    await told("/apis/apps/v1", "deployments", running);
    await told("/apis/apps/v1", "statefulsets", (item) => {
      const now = running(item);
      return now && { ...now, currentRevision: "one", updateRevision: "one" };
    });
    await told("/apis/batch/v1", "jobs", ({ status }) => {
      if (status?.conditions) return undefined;
      const at = new Date().toISOString().replace(/\.\d+/, "");
      const condition = (type: string) => ({ type, status: "True", lastTransitionTime: at, lastProbeTime: at });
      const conditions = [condition("SuccessCriteriaMet"), condition("Complete")];
      return { startTime: at, completionTime: at, succeeded: 1, conditions };
    });
    for (const { metadata, spec } of await list("/api/v1/services")) {
      if (!spec.selector || spec.clusterIP === "None") continue;
      const { namespace, name } = metadata;
      const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
      if ((await list(`${path}?labelSelector=kubernetes.io/service-name=${name}`)).length > 0) continue;
      await call("POST", path, {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: `${name}-played`, labels: { "kubernetes.io/service-name": name } },
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
        ports: [],
      });
    }
  };
  let stopped = false;
  let failure: Error | undefined;
  const loop = (async () => {
    while (!stopped) {
      await round().catch((error: Error) => {
        failure = error;
      });
      await sleep(100);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await loop;
      agent.destroy();
      if (failure) throw failure;
    },
  };
}
