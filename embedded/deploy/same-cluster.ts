// A provider means the same cluster as at the last run, as long as it has objects: in another one all of them would be made
// anew, and those that there are would be lost.
import type { Cluster } from "./kubernetes/cluster.ts";
import type { ProviderSettings } from "./options/provider-options.ts";
import { urnOfProvider } from "./provider-urn.ts";
import type { State } from "./remembered.ts";

/** A provider with what it means now. */
export interface Meant {
  /** "" for the default provider. */
  urn: string;
  cluster: Cluster;
  settings: ProviderSettings;
  /** Address of the cluster that holds the state: it may change, for the state comes along. */
  home: string;
}

/** Remembers which cluster a provider means. Throws where it was another one and has objects there. */
export function sameCluster(state: State, { urn, cluster, settings: { clusterIdentifier }, home }: Meant): void {
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
        `${left.length} objects would be made anew, and those there are would be lost: destroy them first, or give the new cluster a provider of another name. ` +
        "If it is the same cluster at another address, say so by clusterIdentifier",
    );
  state.clusters = { ...state.clusters, [urn]: { server, clusterIdentifier } };
}
