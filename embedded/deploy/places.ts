// What of the clusters is whose in a run: each object, and each patch's part of one, has one resource, and a resource that moves leaves
// its former place to be removed.

import { ApiError } from "@agentic/kube/client/api-error.ts";
import type { Clusters } from "./clusters.ts";
import { deleteObject } from "./delete-object.ts";
import { keyOfFormer } from "./kept.ts";
import { type Cluster, type KubeObject, keyOf, label, type Target } from "./kubernetes/cluster.ts";
import { heldKey, isThere } from "./ours.ts";
import { handOver, isShared, managerOf } from "./patches.ts";
import type { Registration } from "./registration.ts";
import type { ResourceState, State } from "./remembered.ts";
import { isPatch } from "./state.ts";

/** An object, or a patch's part of one. */
export interface Place {
  cluster: Cluster;
  target: Target & { name: string };
  /** Of a patch: its field manager. */
  manager?: string;
}

/** What places are kept with. */
export interface PlacesOptions {
  state: State;
  clusters: Clusters;
  applySet: string;
}

export class Places {
  /** Keys (`heldKey`) of what this run has put. */
  readonly held = new Set<string>();
  readonly #owners = new Map<string, string>();
  readonly #options: PlacesOptions;
  /** The state before this run's plan. */
  readonly #before: State;
  /** Patches whose fields have another manager than the state still says. */
  readonly #handedOver = new Set<ResourceState>();
  /** One after the other: two patches may have had one manager. */
  #handing: Promise<unknown> = Promise.resolve();

  constructor(options: PlacesOptions, before: State) {
    this.#options = options;
    this.#before = before;
  }

  /**
   * Takes a place for a resource. True where that leaves another place. Throws where it is another resource's, or where what is left is
   * protected.
   */
  claim(registration: Registration, kept: ResourceState | undefined, { cluster, target, manager }: Place): boolean {
    const { urn, protect } = registration;
    const key = heldKey(cluster, target, manager);
    const owner = this.#owners.get(key);
    if (owner && owner !== urn) throw new Error(`it is the same object as that of ${owner}: register it once`);
    this.#owners.set(key, urn);
    this.held.add(key);
    if (!kept?.target || this.isAt(kept, { cluster, target })) return false;
    if ((protect || kept.protect) && !kept.pending)
      throw new Error(`it takes the place of ${label(kept.target)}, which is protected: take protect away first`);
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

  /** Deletes what a resource that moves leaves, where it is to go first. */
  async deleteFormer(kept: ResourceState | undefined, tell: (what: string) => void): Promise<void> {
    if (!kept?.target || kept.pending || kept.retainOnDelete || isPatch(kept)) return;
    const { clusters, applySet } = this.#options;
    const cluster = clusters.of(kept.provider);
    if (await isThere(cluster, kept, applySet)) await deleteObject(cluster, kept.target, kept.deleteTimeout, tell);
  }

  /** Gives a patch's fields to its present manager, where an earlier run had them by another. */
  handOver(
    live: KubeObject,
    { cluster, kept, manager }: { cluster: Cluster; kept: ResourceState | undefined; manager: string },
  ): Promise<KubeObject> {
    const handing = this.#handing
      .catch(() => undefined)
      .then(async () => {
        if (!kept?.target || !isPatch(kept) || managerOf(kept) === manager) return live;
        // What another patch has by that manager stays there until that one is made again.
        const own = Object.values(this.#options.state.resources).filter((one) => !this.#handedOver.has(one));
        const shared = await isShared(kept, { ...this.#options, own });
        this.#handedOver.add(kept);
        return shared ? live : await handOver(cluster, live, { from: managerOf(kept), to: manager });
      });
    this.#handing = handing;
    return handing;
  }

  /** Forgets the plan of a resource that could not be made, where its object is certainly not there. */
  async forgetUnmade({ urn }: Registration, error: Error): Promise<void> {
    const { state, clusters, applySet } = this.#options;
    const isRefusal =
      error instanceof ApiError && error.status >= 400 && error.status < 500 && ![408, 429].includes(error.status);
    for (const [key, resource] of Object.entries(state.resources)) {
      if (!resource.pending || (key !== urn && key !== keyOfFormer(urn, resource))) continue;
      const isThereStill = async () => await isThere(clusters.of(resource.provider), resource, applySet);
      // Where it can't be asked, an earlier run may have made it.
      if (!(await isThereStill().catch(() => key in this.#before.resources || !isRefusal))) delete state.resources[key];
    }
  }
}
