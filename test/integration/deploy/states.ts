// The states of stacks as they are in a cluster, for tests that look into them or change them.
import { gunzipSync, gzipSync } from "node:zlib";
import type { Cluster, KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { parentName } from "../../../embedded/deploy/names.ts";
import type { State } from "../../../embedded/deploy/state-types.ts";

/** Where the Secrets with states are. */
export const system = { apiVersion: "v1", kind: "Secret", namespace: "kube-system" };

/** Names of the Secrets with states, sorted. */
export async function stateNames(cluster: Cluster): Promise<string[]> {
  return (await cluster.list(system, "applyset.kubernetes.io/id")).map(({ metadata }) => metadata.name).sort();
}

/** What a Secret holds. */
export function stateIn({ data }: KubeObject): State {
  return JSON.parse(gunzipSync(Buffer.from((data as { state: string }).state, "base64")).toString()) as State;
}

/** The content of such a Secret. */
export const dataOf = (state: State) => ({ state: gzipSync(JSON.stringify(state)).toString("base64") });

/** Changes the state of a stack as no run would. */
export async function changeState(
  cluster: Cluster,
  [project, stack]: [string, string],
  change: (state: State) => void,
) {
  const secret = (await cluster.get({ ...system, name: parentName(project, stack) })) as KubeObject;
  const state = stateIn(secret);
  change(state);
  await cluster.replace({ ...secret, data: dataOf(state) }, "test");
}

/** Takes a stack's Lease away: a run that died would hold it for a while. */
export async function freeLease(cluster: Cluster, project: string, stack: string): Promise<void> {
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: "kube-system" };
  await cluster.delete({ ...lease, name: parentName(project, stack) });
}
