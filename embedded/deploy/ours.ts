// Tells whether a live object is still the one that the state describes.

import { ignoreUnknownKind } from "./delete-object.ts";
import { type Cluster, type KubeObject, keyOf, type Target } from "./kubernetes/cluster.ts";
import { hasFields, managerOf } from "./patches.ts";
import { isPatch, partOf } from "./state.ts";
import type { ResourceState } from "./state-types.ts";

/** Key of what a resource owns: an object, or for a patch the part of it that its field manager owns. */
export const heldKey = (cluster: Cluster, target: Target, manager: string | undefined): string =>
  `${keyOf(cluster, target)}${manager ? ` ${manager}` : ""}`;

/** Whether the object of a state entry exists and is still this stack's. */
export async function isThere(cluster: Cluster, resource: ResourceState, applySet: string): Promise<boolean> {
  const live = resource.target && (await cluster.get(resource.target).catch(ignoreUnknownKind));
  return live !== undefined && isOurs(live, resource, applySet);
}

/**
 * Whether an object is still the one that the state describes. A run that was cut off may not have made it: without our label it
 * is not ours. An object with another stack's label was deleted meanwhile and made anew by that stack.
 */
export function isOurs(live: KubeObject, resource: ResourceState, applySet: string): boolean {
  if (isPatch(resource)) return hasFields(live, managerOf(resource));
  const owner = live.metadata.labels?.[partOf];
  return owner ? [applySet, resource.applySet].includes(owner) : !resource.pending;
}
