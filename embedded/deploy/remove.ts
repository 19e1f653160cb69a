// Deletes what a stack has made: what depends on a thing goes before the thing.
import type { Clusters } from "./clusters.ts";
import type { ResourceEvent } from "./events.ts";
import {
  ApiError,
  type Cluster,
  type KubeObject,
  keyOf,
  label,
  Stopped,
  type Target,
  Unreachable,
} from "./kubernetes/cluster.ts";
import { groupOf } from "./kubernetes/kinds.ts";
import { giveUpFields, hasFields, isShared, managerOf } from "./patches.ts";
import { protection } from "./protected.ts";
import { urnOfProvider } from "./provider-urn.ts";
import { isProvider } from "./recording.ts";
import { isPatch, partOf, type ResourceState, type State } from "./state.ts";

/** Seconds that a deletion may take where the program doesn't say. */
const defaultTimeout = 600;

/** What a removal works with. */
export interface Removal {
  state: State;
  clusters: Clusters;
  applySet: string;
  dryRun: boolean;
  /** Keys (`heldKey`) of objects that another resource of the program holds now: only their old names are forgotten. */
  held: ReadonlySet<string>;
  /** Keys of objects that went with the definitions of their kinds. */
  emptied: Set<string>;
  on: (event: ResourceEvent) => void;
  failed: (urn: string, text: string) => void;
}

/** Names what a resource has: the object, or of a patch the part that its manager has. */
export const heldKey = (cluster: Cluster, target: Target, manager: string | undefined): string =>
  `${keyOf(cluster, target)}${manager ? ` ${manager}` : ""}`;

/** What a removal has come to: objects that are gone, and objects of others that have lost a patch. */
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
    planned.map(async ([urn, one]): Promise<[string, ResourceState]> => [urn, await located(one, options.clusters)]),
  );
  const fixed = gone.filter(([, one]) => one.protect && !one.pending && !isHeld(one, removal));
  // One that must stay keeps all: what is deleted around it would leave it useless.
  for (const [urn, one] of fixed) removal.failed(urn, protection(urn, one) ?? "");
  const removed: Removed = { deleted: 0, updated: 0 };
  if (fixed.length > 0) return removed;
  const left = new Map(gone);
  const before = new Map([...left].map(([urn]) => [urn, [] as string[]]));
  for (const [urn, resource] of left) for (const needed of neededBy(urn, resource, left)) before.get(needed)?.push(urn);
  refuseCircles(before);
  if (!removal.dryRun) await emptyDefinitions(gone, removal);
  const ends = new Map<string, Promise<boolean>>();
  const end = (urn: string): Promise<boolean> => {
    const known = ends.get(urn);
    if (known) return known;
    const ending = (async () => {
      const dependents = await Promise.all((before.get(urn) ?? []).map(end));
      const resource = left.get(urn);
      // What others still need stays: they could not be deleted.
      if (!resource || dependents.includes(false)) return false;
      const result = await removeOne(urn, resource, left, removal);
      if (result === "deleted" || result === "updated") removed[result]++;
      return result !== "failed";
    })();
    ends.set(urn, ending);
    return ending;
  };
  await Promise.all([...left.keys()].map(end));
  return removed;
}

/** A resource with its namespace: plans of earlier releases left the provider's out. */
async function located(resource: ResourceState, clusters: Clusters): Promise<ResourceState> {
  const { target, provider, pending } = resource;
  if (!pending || !target || target.namespace || !clusters.isKnown(provider)) return resource;
  // A cluster that doesn't answer is told of where the resource is removed.
  const namespaced = await clusters
    .of(provider)
    .namespaced(target.apiVersion, target.kind)
    .catch(() => undefined);
  return namespaced ? { ...resource, target: { ...target, namespace: clusters.namespaceOf(provider) } } : resource;
}

/** Whether the object is another resource's of the program now. */
function isHeld(resource: ResourceState, { clusters, held }: Removal): boolean {
  const { target, provider } = resource;
  if (!target || held.size === 0) return false;
  return held.has(heldKey(clusters.of(provider), target, isPatch(resource) ? managerOf(resource) : undefined));
}

/** What must outlive a resource: its provider, its dependencies, its namespace, the definition of its kind. */
function neededBy(urn: string, { dependencies, target, provider }: ResourceState, all: Map<string, ResourceState>) {
  const needed = new Set([urnOfProvider(provider), ...dependencies].filter((one) => one !== urn));
  if (target)
    for (const [other, { target: holder, provider: theirs }] of all) {
      if (other === urn || !holder || theirs !== provider) continue;
      const isSpace = holder.kind === "Namespace" && holder.apiVersion === "v1" && target.namespace === holder.name;
      // A definition is called `<plural>.<group>`; the API server accepts no other name.
      const [, ...group] = holder.name.split(".");
      const isDefinition = holder.kind === "CustomResourceDefinition" && group.join(".") === groupOf(target.apiVersion);
      if (isSpace || isDefinition) needed.add(other);
    }
  return needed;
}

function refuseCircles(before: ReadonlyMap<string, string[]>): void {
  const finished = new Set<string>();
  const visit = (urn: string, above: string[]): void => {
    if (finished.has(urn)) return;
    if (above.includes(urn))
      throw new Error(`the state's dependencies run in a circle: ${[...above, urn].join(" → ")}`);
    for (const next of before.get(urn) ?? []) visit(next, [...above, urn]);
    finished.add(urn);
  };
  for (const urn of before.keys()) visit(urn, []);
}

/**
 * Deletes every object of the definitions that go, whoever made it, while the controllers that must let go of them still
 * run: with the controller gone first, a finalizer would hold the definition for ever. Adds their keys to `emptied`.
 */
async function emptyDefinitions(gone: readonly [string, ResourceState][], removal: Removal): Promise<void> {
  const definitions = gone.flatMap(([, resource]) => {
    const { target, retainOnDelete, protect, pending } = resource;
    return target?.kind === "CustomResourceDefinition" && !retainOnDelete && !protect && !pending
      ? [{ target, resource }]
      : [];
  });
  await Promise.all(
    definitions.map(async ({ target, resource }) => {
      try {
        const cluster = removal.clusters.of(resource.provider);
        const definition = await cluster.get(target);
        if (!definition || !isOurs(definition, resource, removal.applySet)) return;
        await emptyDefinition(cluster, definition, removal.emptied);
      } catch (error) {
        // The definition's own deletion says what is wrong, or that its cluster is gone.
        if (![ApiError, Unreachable, StillThere, Stopped].some((kind) => error instanceof kind)) throw error;
      }
    }),
  );
}

async function emptyDefinition(cluster: Cluster, definition: KubeObject, emptied: Set<string>): Promise<void> {
  const { group, names, versions } = definition.spec as {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean }[];
  };
  const served = versions.find((version) => version.served);
  if (!served) return;
  const kind = { apiVersion: `${group}/${served.name}`, kind: names.kind };
  const objects = await cluster.list(kind, "");
  // A controller that is not there never answers: the wait is short, and the definition goes its own way after it.
  await Promise.all(
    objects.map(async ({ metadata: { namespace, name } }) => {
      const target = { ...kind, namespace, name };
      emptied.add(keyOf(cluster, target));
      await deleteObject(cluster, target, 60);
    }),
  );
}

/** An object that does not go in time. */
class StillThere extends Error {}

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
  // It goes with another that goes, too.
  if (resource.deletedWith && all.has(resource.deletedWith)) return forget();
  const fail = (message: string) => {
    event("failed", message);
    failed(urn, `${label(target)} (${urn}): ${message}`);
    return "failed" as const;
  };
  try {
    // A cluster that never was has nothing that was planned for it.
    if (resource.pending && !clusters.isKnown(resource.provider)) return forget();
    const cluster = clusters.of(resource.provider);
    if (isHeld(resource, removal)) return forget();
    const isEmptied = emptied.has(keyOf(cluster, target));
    if (!isEmptied && !(await isThere(cluster, resource, applySet))) return forget();
    // The other patch's next run takes away what it doesn't ask for.
    if (isPatch(resource) && (await isShared(resource, { clusters, applySet, own: staying(state, all) })))
      return forget();
    if (resource.protect) return fail(protection(urn, { ...resource, pending: false }) ?? "");
    event("start");
    if (isPatch(resource)) {
      if (!dryRun) await giveUp(cluster, target, resource);
      forget();
      event("done", `what the patch ${name} had set is given up`);
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
    event("done", "its cluster does not answer: taken as gone");
    return forget();
  }
}

/** What stays of a stack. */
const staying = (state: State, gone: ReadonlyMap<string, ResourceState>): ResourceState[] =>
  Object.entries(state.resources).flatMap(([urn, one]) => (gone.has(urn) ? [] : [one]));

/** Whether what the state means is there, and still this stack's. */
export async function isThere(cluster: Cluster, resource: ResourceState, applySet: string): Promise<boolean> {
  const live = resource.target && (await cluster.get(resource.target).catch(ignoreUnknownKind));
  return live !== undefined && isOurs(live, resource, applySet);
}

/**
 * Whether an object is still the one that the state means. A run that was cut off may have made it or not: without our label it
 * is not ours. One that was made and has another stack's label now was deleted meanwhile, and made anew by that stack.
 */
function isOurs(live: KubeObject, resource: ResourceState, applySet: string): boolean {
  if (isPatch(resource)) return hasFields(live, managerOf(resource));
  const owner = live.metadata.labels?.[partOf];
  return owner ? [applySet, resource.applySet].includes(owner) : !resource.pending;
}

/** Gives up the fields that a patch owns. The object is somebody else's and stays. */
async function giveUp(cluster: Cluster, target: Target, resource: ResourceState): Promise<void> {
  const live = await cluster.get(target);
  if (live) await giveUpFields(cluster, live, managerOf(resource));
}

/** Deletes an object and waits until it is gone; false where there was none. `seconds` is the longest wait. */
export async function deleteObject(
  cluster: Cluster,
  target: Target,
  seconds = defaultTimeout,
  tell: (message: string) => void = () => {},
): Promise<boolean> {
  const answer = await cluster.delete(target).catch(ignoreUnknownKind);
  if (answer !== "going") return answer !== undefined;
  let holders = "its grace period";
  for await (const now of cluster.watch(target, AbortSignal.timeout(seconds * 1000))) {
    if (!now) return true;
    const finalizers = (now.metadata.finalizers as string[] | undefined)?.join(", ");
    if (finalizers && finalizers !== holders) tell(`finalizers: ${finalizers}`);
    holders = finalizers || holders;
  }
  throw new StillThere(`still there after ${seconds} s, held by ${holders}`);
}

/** A kind whose definition is gone has no objects left. */
function ignoreUnknownKind(error: Error): undefined {
  if (error instanceof ApiError && error.code === 404) return undefined;
  throw error;
}
