// Deletes resources of a stack: dependents before their dependencies.
import type { Clusters } from "./clusters.ts";
import { emptyDefinitions } from "./definitions.ts";
import { deleteObject } from "./delete-object.ts";
import type { ResourceEvent } from "./events.ts";
import { type Cluster, keyOf, label, Stopped, type Target, Unreachable } from "./kubernetes/cluster.ts";
import { heldKey, isThere } from "./ours.ts";
import { giveUpFields, isShared, managerOf } from "./patches.ts";
import { protection } from "./protected.ts";
import { isProvider } from "./recording.ts";
import { goneBefore } from "./removal-order.ts";
import { isPatch } from "./state.ts";
import type { ResourceState, State } from "./state-types.ts";

/** The inputs of a removal. */
export interface Removal {
  state: State;
  clusters: Clusters;
  applySet: string;
  dryRun: boolean;
  /** Keys (`heldKey`) of objects that another resource of the program owns now: only their old entries are removed from the state. */
  held: ReadonlySet<string>;
  /** Keys of objects that were deleted with the definitions of their kinds. */
  emptied: Set<string>;
  on: (event: ResourceEvent) => void;
  failed: (urn: string, text: string) => void;
}

/** The result of a removal: the number of deleted objects, and of objects that lost a patch. */
export interface Removed {
  deleted: number;
  updated: number;
}

/** Removes resources of the state, independent ones side by side. */
export async function remove(
  planned: readonly [string, ResourceState][],
  options: Omit<Removal, "emptied">,
): Promise<Removed> {
  const removal: Removal = { ...options, emptied: new Set() };
  const gone = await Promise.all(
    planned.map(
      async ([urn, resource]): Promise<[string, ResourceState]> => [urn, await located(resource, options.clusters)],
    ),
  );
  const protectedResources = gone.filter(
    ([, resource]) => resource.protect && !resource.pending && !isHeld(resource, removal),
  );
  // A protected resource keeps all others: without them it would be useless.
  for (const [urn, resource] of protectedResources) removal.failed(urn, protection(urn, resource) ?? "");
  const removed: Removed = { deleted: 0, updated: 0 };
  if (protectedResources.length > 0) return removed;
  const remaining = new Map(gone);
  const before = goneBefore(remaining);
  if (!removal.dryRun) await emptyDefinitions(gone, removal);
  const ends = new Map<string, Promise<boolean>>();
  const end = (urn: string): Promise<boolean> => {
    const cached = ends.get(urn);
    if (cached) return cached;
    const ending = (async () => {
      const dependents = await Promise.all((before.get(urn) ?? []).map(end));
      const resource = remaining.get(urn);
      // A resource stays while a dependent of it could not be deleted.
      if (!resource || dependents.includes(false)) return false;
      const result = await removeOne(urn, resource, remaining, removal);
      if (result === "deleted" || result === "updated") removed[result]++;
      return result !== "failed";
    })();
    ends.set(urn, ending);
    return ending;
  };
  await Promise.all([...remaining.keys()].map(end));
  return removed;
}

/** A resource with its namespace: plans of earlier releases left out the provider's namespace. */
async function located(resource: ResourceState, clusters: Clusters): Promise<ResourceState> {
  const { target, provider, pending } = resource;
  if (!pending || !target || target.namespace || !clusters.isKnown(provider)) return resource;
  // If the cluster doesn't answer, the removal of the resource reports it.
  const namespaced = await clusters
    .of(provider)
    .namespaced(target.apiVersion, target.kind)
    .catch(() => undefined);
  return namespaced ? { ...resource, target: { ...target, namespace: clusters.namespaceOf(provider) } } : resource;
}

/** Whether another resource of the program owns the object now. */
function isHeld(resource: ResourceState, { clusters, held }: Removal): boolean {
  const { target, provider } = resource;
  if (!target || held.size === 0) return false;
  return held.has(heldKey(clusters.of(provider), target, isPatch(resource) ? managerOf(resource) : undefined));
}

async function removeOne(
  urn: string,
  resource: ResourceState,
  all: ReadonlyMap<string, ResourceState>,
  removal: Removal,
): Promise<"deleted" | "updated" | "forgotten" | "failed"> {
  const { state, clusters, applySet, dryRun, emptied, on, failed } = removal;
  const { target, type, name } = resource;
  const started = performance.now();
  const event = (eventState: ResourceEvent["state"], message?: string) =>
    on({
      kind: "resource",
      urn,
      type,
      name,
      label: target ? label(target) : `${type} ${name}`,
      operation: isPatch(resource) ? "update" : "delete",
      ms: performance.now() - started,
      state: eventState,
      message,
    });
  const forget = () => {
    if (!dryRun) delete state.resources[urn];
    return "forgotten" as const;
  };
  if (!target || resource.retainOnDelete || isProvider(type)) return forget();
  // Deleting the other resource deletes this object (deletedWith).
  if (resource.deletedWith && all.has(resource.deletedWith)) return forget();
  const fail = (message: string) => {
    event("failed", message);
    failed(urn, `${label(target)} (${urn}): ${message}`);
    return "failed" as const;
  };
  try {
    // If the cluster was never made, neither was the planned object.
    if (resource.pending && !clusters.isKnown(resource.provider)) return forget();
    const cluster = clusters.of(resource.provider);
    if (isHeld(resource, removal)) return forget();
    const isEmptied = emptied.has(keyOf(cluster, target));
    if (!isEmptied && !(await isThere(cluster, resource, applySet))) return forget();
    // The next run of the other patch removes the fields that it doesn't set.
    if (isPatch(resource) && (await isShared(resource, { clusters, applySet, own: staying(state, all) })))
      return forget();
    if (resource.protect) return fail(protection(urn, { ...resource, pending: false }) ?? "");
    event("start");
    if (isPatch(resource)) {
      if (!dryRun) await giveUp(cluster, target, resource);
      forget();
      event("done", `the fields of the patch ${name} are released`);
      return "updated";
    }
    const wait = (message: string) => event("waiting", message);
    const wasThere = dryRun || (await deleteObject(cluster, target, resource.deleteTimeout, wait)) || isEmptied;
    forget();
    event("done", wasThere ? undefined : "it was gone already");
    return wasThere ? "deleted" : "forgotten";
  } catch (error) {
    if (error instanceof Stopped) {
      event("failed", "the run was stopped");
      return "failed";
    }
    if (!(error instanceof Unreachable)) return fail((error as Error).message);
    if (!clusters.deletesUnreachable(resource.provider))
      return fail(`${error.message}. If the cluster is gone for good, set PULUMI_K8S_DELETE_UNREACHABLE=true`);
    event("done", "its cluster does not answer: it counts as deleted");
    return forget();
  }
}

/** The resources of a stack that stay. */
const staying = (state: State, gone: ReadonlyMap<string, ResourceState>): ResourceState[] =>
  Object.entries(state.resources).flatMap(([urn, resource]) => (gone.has(urn) ? [] : [resource]));

/** Releases the fields that a patch owns. The object belongs to another program and stays. */
async function giveUp(cluster: Cluster, target: Target, resource: ResourceState): Promise<void> {
  const live = await cluster.get(target);
  if (live) await giveUpFields(cluster, live, managerOf(resource));
}
