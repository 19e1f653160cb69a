// Fields of other people's objects that patches set: which field manager has them, and how they pass from one to another.
import { uniqueName } from "@agentic/api/unique-name.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { nameOf } from "./aliases.ts";
import type { Clusters } from "./clusters.ts";
import { type Cluster, type KubeObject, keyOf, targetOf } from "./kubernetes/cluster.ts";
import { manager } from "./manager.ts";
import type { ResourceState } from "./remembered.ts";
import { isPatch, othersResources } from "./state.ts";

/**
 * Field manager of a patch: no other patch has it, of whatever stack or component, so that giving one up leaves the others. At most 128
 * bytes, as the API server demands.
 */
export function patchManager(urn: string): string {
  return `${manager}-patch-${uniqueName([urn], { readable: 63, separator: "-", shown: nameOf(urn) })}`;
}

/** The manager that an earlier release gave: patches of one name had it in common. */
const formerManager = (name: string): string => `${manager}-patch-${name}`.slice(0, 128);

/** The manager that has a patch's fields. */
export const managerOf = (patch: ResourceState): string => patch.manager ?? formerManager(patch.name);

interface ManagedFields {
  manager?: string;
  operation?: string;
  subresource?: string;
}

/** Whether a manager has fields of an object by an apply. */
export const hasFields = ({ metadata }: KubeObject, name: string): boolean =>
  ((metadata.managedFields ?? []) as ManagedFields[]).some((entry) => isApplied(entry, name));

const isApplied = (entry: ManagedFields, name: string): boolean =>
  entry.manager === name && entry.operation === "Apply" && !entry.subresource;

/**
 * Gives the fields of one manager to another, values and all: what that one applies next without one of them takes the field away.
 * Returns the object as it is then.
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
      // Somebody has changed the object meanwhile: once more, from what it is now.
      if (!isStatus(error, 409) || attempt >= 10) throw error;
      object = (await cluster.get(targetOf(object))) ?? live;
    }
  }
  return object;
}

/** What says whose a patch is. */
export interface Sharing {
  clusters: Clusters;
  applySet: string;
  /** Resources of the stack that may have the manager, too. */
  own: readonly ResourceState[];
}

/** Whether another patch, of this stack or another, has fields of the same object by the same manager of an earlier release. */
export async function isShared(patch: ResourceState, { clusters, applySet, own }: Sharing): Promise<boolean> {
  if (patch.manager || !patch.target) return false;
  const there = clusters.of(patch.provider);
  const isSame = (one: ResourceState, cluster: Cluster) =>
    !one.manager &&
    !one.pending &&
    one.target !== undefined &&
    isPatch(one) &&
    managerOf(one) === managerOf(patch) &&
    patch.target !== undefined &&
    keyOf(cluster, one.target) === keyOf(there, patch.target);
  if (own.some((one) => one !== patch && isSame(one, clusters.of(one.provider)))) return true;
  // How another stack's clusters are called says nothing here: which object it is must do.
  return (await othersResources(clusters.of(""), applySet)).some((one) => isSame(one, there));
}

/** Takes away what a manager alone has of an object: an apply without anything. */
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
