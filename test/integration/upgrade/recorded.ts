// A release's stack as it was left in a cluster: its objects and its state; how it is written down and put back.

import { gunzipSync, gzipSync } from "node:zlib";
import { Cluster, type KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { manager } from "../../../embedded/deploy/manager.ts";
import { partOf } from "../../../embedded/deploy/state.ts";
import type { State } from "../../../embedded/deploy/state-types.ts";
import type { ApiServer } from "../apiserver.ts";
import { ownedBy } from "./owned.ts";

export type Engine = "argo" | "builtin";

/** What a release left, by workflow engine. */
export interface Recorded {
  engines: Partial<Record<Engine, Left>>;
}

/** What is in the cluster: the deployer's memory, and every object that it has made. */
export interface Left {
  /** Name of the Secret with the state; absent in recordings of releases that named it after project and stack alone. */
  parent?: string;
  state: State;
  objects: KubeObject[];
}

export const project = "agentic-platform";
export const stack = "release";
/** Label of a state's Secret, with the id that its objects refer to. */
const setId = "applyset.kubernetes.io/id";
const states = { apiVersion: "v1", kind: "Secret", namespace: "kube-system" };

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
    const [secret, ...more] = await cluster.list(states, setId);
    if (!secret || more.length > 0) throw new Error(`${more.length + (secret ? 1 : 0)} states where one was expected`);
    const packed = (secret?.data as Record<string, string> | undefined)?.state ?? "";
    const state = JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString("utf8")) as State;
    const kinds = new Map(
      Object.values(state.resources).flatMap(({ target }) =>
        target ? [[`${target.apiVersion} ${target.kind}`, target] as const] : [],
      ),
    );
    const lists = await Promise.all(
      [...kinds.values()].map(({ apiVersion, kind }) =>
        cluster.list({ apiVersion, kind }, `${partOf}=${secret.metadata.labels?.[setId]}`),
      ),
    );
    // How the cluster was reached is no part of what was left there.
    for (const resource of Object.values(state.resources)) if (resource.connection) resource.connection = {};
    return { parent: secret.metadata.name, state, objects: lists.flat().map((object) => ownedBy(manager, object)) };
  } finally {
    await cluster.close();
  }
}

/** Kinds without which others are refused. */
const first = ["CustomResourceDefinition", "Namespace", "ServiceAccount"];
const rank = ({ kind }: KubeObject) => (first.includes(kind) ? first.indexOf(kind) : first.length);

/** Puts a recorded stack into a cluster, as its own deployer had left it. */
export async function restore(server: ApiServer, { parent, state, objects }: Left): Promise<void> {
  const cluster = new Cluster(server.kubeconfig);
  const connection = { kubeconfig: server.kubeconfig };
  const resources = Object.fromEntries(
    Object.entries(state.resources).map(([urn, resource]) => [
      urn,
      resource.connection ? { ...resource, connection } : resource,
    ]),
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
          name: parent ?? `${project}-${stack}`,
          namespace: states.namespace,
          labels: { [setId]: objects[0]?.metadata.labels?.[partOf] ?? "" },
          annotations: { "agentic.io/stack": `${project}/${stack}` },
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
