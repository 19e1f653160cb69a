// Whether what is in a cluster is still what the state means, and how that is told apart.

import { ignoreUnknownKind } from "./delete-object.ts";
import { type Cluster, type KubeObject, keyOf, type Target } from "./kubernetes/cluster.ts";
import { hasFields, managerOf } from "./patches.ts";
import type { ResourceState } from "./remembered.ts";
import { isPatch, partOf } from "./state.ts";

/** Names what a resource has: the object, or of a patch the part that its manager has. */
export const heldKey = (cluster: Cluster, target: Target, manager: string | undefined): string =>
  `${keyOf(cluster, target)}${manager ? ` ${manager}` : ""}`;

/** Whether what the state means is there, and still this stack's. */
export async function isThere(cluster: Cluster, resource: ResourceState, applySet: string): Promise<boolean> {
  const live = resource.target && (await cluster.get(resource.target).catch(ignoreUnknownKind));
  return live !== undefined && isOurs(live, resource, applySet);
}

/**
 * Whether an object is still the one that the state means. A run that was cut off may have made it or not: without our label it
 * is not ours. One that was made and has another stack's label now was deleted meanwhile, and made anew by that stack.
 */
export function isOurs(live: KubeObject, resource: ResourceState, applySet: string): boolean {
  if (isPatch(resource)) return hasFields(live, managerOf(resource));
  const owner = live.metadata.labels?.[partOf];
  return owner ? [applySet, resource.applySet].includes(owner) : !resource.pending;
}
