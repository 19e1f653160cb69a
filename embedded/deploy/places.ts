// Ownership of objects in a run: each object, and each patch's part of one, belongs to one resource; when a resource moves to another object,
// its former one is removed.

import { ApiError } from "@agentic/kube/client/api-error.ts";
import type { Clusters } from "./clusters.ts";
import { deleteObject } from "./delete-object.ts";
import { type Cluster, type KubeObject, keyOf, label, type Target } from "./kubernetes/cluster.ts";
import { heldKey, isThere } from "./ours.ts";
import { handOver, isShared, managerOf } from "./patches.ts";
import type { Registration } from "./registration.ts";
import { isPatch } from "./state.ts";
import { keyOfFormer } from "./state-entries.ts";
import type { ResourceState, State } from "./state-types.ts";

/** An object, or a patch's part of one. */
export interface Place {
  cluster: Cluster;
  target: Target & { name: string };
  /** Of a patch: its field manager. */
  manager?: string;
}

/** The inputs of Places. */
export interface PlacesOptions {
  state: State;
  clusters: Clusters;
  applySet: string;
}

export class Places {
  /** Keys (`heldKey`) of the objects that this run has put. */
  readonly held = new Set<string>();
  readonly #owners = new Map<string, string>();
  readonly #options: PlacesOptions;
  /** The state before this run's plan. */
  readonly #before: State;
  /** Patches whose fields have been handed over, while the state still names the former manager. */
  readonly #handedOver = new Set<ResourceState>();
  /** Handovers run one after the other: two patches may have shared a manager. */
  #handing: Promise<unknown> = Promise.resolve();

  constructor(options: PlacesOptions, before: State) {
    this.#options = options;
    this.#before = before;
  }

  /**
   * Claims a place for a resource. True where the resource leaves its former place. Throws where another resource has claimed it, or where the former one is
   * protected.
   */
  claim(registration: Registration, previous: ResourceState | undefined, { cluster, target, manager }: Place): boolean {
    const { urn, protect } = registration;
    const key = heldKey(cluster, target, manager);
    const owner = this.#owners.get(key);
    if (owner && owner !== urn) throw new Error(`it is the same object as ${owner}: register it once`);
    this.#owners.set(key, urn);
    this.held.add(key);
    if (!previous?.target || this.isAt(previous, { cluster, target })) return false;
    if ((protect || previous.protect) && !previous.pending)
      throw new Error(`it takes the place of ${label(previous.target)}, which is protected: remove protect first`);
    return true;
  }

  /** Whether a resource of the state is, or patches, the object of a place. */
  isAt({ target, provider }: ResourceState, place: Pick<Place, "cluster" | "target">): boolean {
    if (!target) return false;
    const { clusters } = this.#options;
    // Plans of earlier releases left the provider's namespace out.
    const namespace = target.namespace ?? (place.target.namespace && clusters.namespaceOf(provider));
    return keyOf(clusters.of(provider), { ...target, namespace }) === keyOf(place.cluster, place.target);
  }

  /** Deletes the former object of a resource that moves (deleteBeforeReplace). */
  async deleteFormer(previous: ResourceState | undefined, onWait: (what: string) => void): Promise<void> {
    if (!previous?.target || previous.pending || previous.retainOnDelete || isPatch(previous)) return;
    const { clusters, applySet } = this.#options;
    const cluster = clusters.of(previous.provider);
    if (await isThere(cluster, previous, applySet))
      await deleteObject(cluster, previous.target, previous.deleteTimeout, onWait);
  }

  /** Hands a patch's fields over to its present manager, where an earlier run used another one. */
  handOver(
    live: KubeObject,
    { cluster, previous, manager }: { cluster: Cluster; previous: ResourceState | undefined; manager: string },
  ): Promise<KubeObject> {
    const handing = this.#handing
      .catch(() => undefined)
      .then(async () => {
        if (!previous?.target || !isPatch(previous) || managerOf(previous) === manager) return live;
        // Fields of another patch stay with the former manager until that patch is made again.
        const own = Object.values(this.#options.state.resources).filter(
          (candidate) => !this.#handedOver.has(candidate),
        );
        const shared = await isShared(previous, { ...this.#options, own });
        this.#handedOver.add(previous);
        return shared ? live : await handOver(cluster, live, { from: managerOf(previous), to: manager });
      });
    this.#handing = handing;
    return handing;
  }

  /** Removes the planned entries of a resource that could not be made, where its object certainly doesn't exist. */
  async forgetUnmade({ urn }: Registration, error: Error): Promise<void> {
    const { state, clusters, applySet } = this.#options;
    const isRefusal =
      error instanceof ApiError && error.status >= 400 && error.status < 500 && ![408, 429].includes(error.status);
    for (const [key, resource] of Object.entries(state.resources)) {
      if (!resource.pending || (key !== urn && key !== keyOfFormer(urn, resource))) continue;
      const isThereStill = async () => await isThere(clusters.of(resource.provider), resource, applySet);
      // If the cluster can't be asked, an earlier run may have made the object.
      if (!(await isThereStill().catch(() => key in this.#before.resources || !isRefusal))) delete state.resources[key];
    }
  }
}
