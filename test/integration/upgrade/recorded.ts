// A release's stack as it was left in a cluster: its objects and its state; how it is written down and put back.
import { gunzipSync, gzipSync } from "node:zlib";
import { Cluster, type KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { applySetId, parentName, partOf, type State } from "../../../embedded/deploy/state.ts";
import type { ApiServer } from "../apiserver.ts";
import { ownedBy } from "./owned.ts";

export type Engine = "argo" | "builtin";

/** What a release left, by workflow engine. */
export interface Recorded {
  engines: Partial<Record<Engine, Left>>;
}

/** What is in the cluster: the deployer's memory, and every object that it has made. */
export interface Left {
  state: State;
  objects: KubeObject[];
}

export const project = "agentic-platform";
export const stack = "release";
const manager = "agentic-deploy";
const parent = { apiVersion: "v1", kind: "Secret", namespace: "kube-system", name: parentName(project, stack) };

/** The stack's config in both releases: everything that isn't a default had a key in the earlier one. */
export const config = (engine: Engine) => ({
  cluster: { apiServerCidrs: ["10.9.0.2/32"] },
  workflowEngine: engine,
  images: {
    operator: "registry.test/operator:1",
    agents: "registry.test/agents:1",
    workflowEngine: "registry.test/engine:1",
  },
  tenants: [{ name: "demo" }, { name: "blue", owner: "blue", costCenter: "b-1", egressInternet: true }],
});

/** Writes down what a stack has in a cluster. */
export async function takeDown(server: ApiServer): Promise<Left> {
  const cluster = new Cluster(server.kubeconfig);
  try {
    const secret = await cluster.get(parent);
    const packed = (secret?.data as Record<string, string> | undefined)?.state ?? "";
    const state = JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString("utf8")) as State;
    const kinds = new Map(
      Object.values(state.resources).flatMap(({ target }) =>
        target ? [[`${target.apiVersion} ${target.kind}`, target] as const] : [],
      ),
    );
    const lists = await Promise.all(
      [...kinds.values()].map(({ apiVersion, kind }) =>
        cluster.list({ apiVersion, kind }, `${partOf}=${applySetId(project, stack)}`),
      ),
    );
    // How the cluster was reached is no part of what was left there.
    for (const resource of Object.values(state.resources)) if (resource.connection) resource.connection = {};
    return { state, objects: lists.flat().map((object) => ownedBy(manager, object)) };
  } finally {
    await cluster.close();
  }
}

/** Kinds without which others are refused. */
const first = ["CustomResourceDefinition", "Namespace", "ServiceAccount"];
const rank = ({ kind }: KubeObject) => (first.includes(kind) ? first.indexOf(kind) : first.length);

/** Puts a recorded stack into a cluster, as its own deployer had left it. */
export async function putBack(server: ApiServer, { state, objects }: Left): Promise<void> {
  const cluster = new Cluster(server.kubeconfig);
  const connection = { kubeconfig: server.kubeconfig };
  const resources = Object.fromEntries(
    Object.entries(state.resources).map(([urn, one]) => [urn, one.connection ? { ...one, connection } : one]),
  );
  try {
    for (const object of [...objects].sort((a, b) => rank(a) - rank(b))) {
      if (rank(object) === 1) cluster.forgetKinds();
      await cluster.apply(structuredClone(object), { manager, force: true });
    }
    await cluster.apply(
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
          name: parent.name,
          namespace: parent.namespace,
          labels: { "applyset.kubernetes.io/id": applySetId(project, stack) },
        },
        type: "agentic.io/stack-state",
        data: { state: gzipSync(JSON.stringify({ ...state, resources })).toString("base64") },
      },
      { manager, force: true },
    );
  } finally {
    await cluster.close();
  }
}
