// Field managers of patches: their names, the fields that they own, and how ownership is handed over.
import { uniqueName } from "@agentic/api/unique-name.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Clusters } from "./clusters.ts";
import { type Cluster, type KubeObject, keyOf, targetOf } from "./kubernetes/cluster.ts";
import { manager } from "./manager.ts";
import { isPatch, othersResources } from "./state.ts";
import type { ResourceState } from "./state-types.ts";

/**
 * Field manager of a patch, unique among all stacks and components, so that giving up one patch leaves the others. At most 128
 * bytes, as the API server demands.
 */
export function patchManager(urn: string): string {
  return `${manager}-patch-${uniqueName([urn], { readable: 63, separator: "-" })}`;
}

/** The field manager in earlier releases, which patches of the same name shared. */
const formerManager = (name: string): string => `${manager}-patch-${name}`.slice(0, 128);

/** The field manager that owns a patch's fields. */
export const managerOf = (patch: ResourceState): string => patch.manager ?? formerManager(patch.name);

interface ManagedFields {
  manager?: string;
  operation?: string;
  subresource?: string;
}

/** Whether a field manager owns fields of an object by server-side apply. */
export const hasFields = ({ metadata }: KubeObject, name: string): boolean =>
  ((metadata.managedFields ?? []) as ManagedFields[]).some((entry) => isApplied(entry, name));

const isApplied = (entry: ManagedFields, name: string): boolean =>
  entry.manager === name && entry.operation === "Apply" && !entry.subresource;

/**
 * Moves ownership of one manager's fields to another, values included: a field that the new manager doesn't apply next is removed.
 * Returns the object after that.
 */
export async function handOver(
  cluster: Cluster,
  live: KubeObject,
  { from, to }: { from: string; to: string },
): Promise<KubeObject> {
  let object = live;
  for (let attempt = 0; hasFields(object, from); attempt++) {
    if (hasFields(object, to)) return (await giveUpFields(cluster, object, from)) ?? object;
    const entries = object.metadata.managedFields as ManagedFields[];
    const managedFields = entries.map((entry) => (isApplied(entry, from) ? { ...entry, manager: to } : entry));
    try {
      return await cluster.setManagedFields(object, managedFields);
    } catch (error) {
      // Somebody has changed the object meanwhile: try again from its present state.
      if (!isStatus(error, 409) || attempt >= 10) throw error;
      object = (await cluster.get(targetOf(object))) ?? live;
    }
  }
  return object;
}

/** The inputs of `isShared`. */
export interface Sharing {
  clusters: Clusters;
  applySet: string;
  /** Resources of this stack that may use the same manager. */
  own: readonly ResourceState[];
}

/** Whether another patch, of this or another stack, uses the same field manager of an earlier release on the same object. */
export async function isShared(patch: ResourceState, { clusters, applySet, own }: Sharing): Promise<boolean> {
  if (patch.manager || !patch.target) return false;
  const patchCluster = clusters.of(patch.provider);
  const isSame = (other: ResourceState, cluster: Cluster) =>
    !other.manager &&
    !other.pending &&
    other.target !== undefined &&
    isPatch(other) &&
    managerOf(other) === managerOf(patch) &&
    patch.target !== undefined &&
    keyOf(cluster, other.target) === keyOf(patchCluster, patch.target);
  if (own.some((other) => other !== patch && isSame(other, clusters.of(other.provider)))) return true;
  // Another stack's provider URNs mean nothing here: the object's identity must suffice.
  return (await othersResources(clusters.of(""), applySet)).some((other) => isSame(other, patchCluster));
}

/** Removes the fields that only this manager owns, by applying an empty object. */
export async function giveUpFields(
  cluster: Cluster,
  object: KubeObject,
  name: string,
): Promise<KubeObject | undefined> {
  if (!hasFields(object, name)) return undefined;
  const { apiVersion, kind, metadata } = object;
  const nothing = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
  return await cluster.apply(nothing, { manager: name, force: true });
}
