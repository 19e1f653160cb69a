// Checks that a provider with objects still means the same cluster as in the last run: in another one all of them would be made
// anew, and the existing ones would be lost.
import type { Cluster } from "./kubernetes/cluster.ts";
import type { ProviderSettings } from "./options/provider-options.ts";
import { urnOfProvider } from "./provider-urn.ts";
import type { State } from "./state-types.ts";

/** A provider and its present cluster. */
export interface ProviderTarget {
  /** "" for the default provider. */
  urn: string;
  cluster: Cluster;
  settings: ProviderSettings;
  /** Address of the cluster that holds the state: it may change, since the state itself is there. */
  home: string;
}

/** Records a provider's cluster in the state. Throws where it was another one and has objects there. */
export function sameCluster(
  state: State,
  { urn, cluster, settings: { clusterIdentifier }, home }: ProviderTarget,
): void {
  const server = cluster.server === home ? "home" : cluster.server;
  const { server: before, clusterIdentifier: identifier } = state.clusters?.[urn] ?? {};
  const sameIdentifier = identifier === undefined ? clusterIdentifier !== undefined : identifier === clusterIdentifier;
  const isAnother =
    identifier !== undefined ? !sameIdentifier : before !== undefined && before !== server && !sameIdentifier;
  const left = Object.values(state.resources).filter(
    ({ target, provider, pending }) => target && !pending && urnOfProvider(provider) === urn,
  );
  if (isAnother && left.length > 0)
    throw new Error(
      `${identifier === undefined ? `its cluster was ${before}, and is ${server} now` : `argument clusterIdentifier: it was '${identifier}'`}: ` +
        `${left.length} objects would be made anew, and the existing ones would be lost: destroy them first, or give the new cluster a provider of another name. ` +
        "If it is the same cluster at another address, say so by clusterIdentifier",
    );
  state.clusters = { ...state.clusters, [urn]: { server, clusterIdentifier } };
}
