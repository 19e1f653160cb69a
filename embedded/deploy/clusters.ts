// The clusters that a run works with, one per provider resource, and the objects in them before the run.

import { isStatus } from "@agentic/kube/client/api-error.ts";
import { isCertManager } from "./cert-manager-types.ts";
import { Cluster, type KubeObject, label, type Target, targetOf } from "./kubernetes/cluster.ts";
import { type ProviderSettings, settingsOf } from "./options/provider-options.ts";
import { urnOfProvider } from "./provider-urn.ts";
import { isProvider } from "./recording.ts";
import type { Registration } from "./registration.ts";
import { sameCluster } from "./same-cluster.ts";
import { partOf } from "./state.ts";
import type { ResourceState, State } from "./state-types.ts";
import { some, unknown, type Value } from "./values.ts";

/** The objects of one kind in a cluster. */
interface Index {
  /** The stack's own objects, by label. */
  ours: Map<string, KubeObject>;
  /** Labels of all objects; undefined where there are too many to list or listing is forbidden. */
  labels: Set<string> | undefined;
}

type Address = Pick<ProviderSettings, "kubeconfig" | "context" | "cluster">;

const clusterAt = ({ kubeconfig = "", context, cluster }: Address): Cluster =>
  new Cluster(kubeconfig, context ?? "", cluster ?? "");

/** The inputs of Clusters. */
export interface ClustersOptions {
  state: State;
  applySet: string;
  /** Of the cluster that holds the state; it is that of resources without a provider, too, unless their settings name another. */
  kubeconfig?: string;
  context?: string;
  /** Address of the cluster that holds the state. */
  home: string;
  /** Settings of resources without a provider. */
  defaults?: ProviderSettings;
  /** Called right before each change; if it throws, the change isn't made. */
  fence: () => Promise<void>;
  /** Ends all waits. */
  stop: AbortSignal;
}

export class Clusters {
  readonly #clusters = new Map<string, Cluster>();
  readonly #settings = new Map<string, ProviderSettings>();
  readonly #indexes = new Map<string, Promise<Index | undefined>>();
  readonly #options: ClustersOptions;

  constructor(options: ClustersOptions) {
    this.#options = options;
    if (options.defaults) this.#settings.set("", options.defaults);
  }

  /** Providers whose kubeconfig will be known only when something has been made. */
  readonly #planned = new Set<string>();

  /** Registers a provider resource; returns how to reach its cluster when the program no longer declares it. */
  use({ urn, inputs }: Registration): ResourceState["connection"] {
    const settings = settingsOf(inputs);
    this.#settings.set(urn, settings);
    // Without its kubeconfig the provider would mean the default cluster, which is another one.
    const address: Value[] = [inputs.kubeconfig ?? null, inputs.context ?? null, inputs.cluster ?? null];
    if (address.some((value) => some(value, (part) => part === unknown))) {
      this.#planned.add(urn);
      return undefined;
    }
    this.#planned.delete(urn);
    const { kubeconfig, context, cluster, deleteUnreachable } = settings;
    if (!this.#clusters.has(urn)) this.#open(urn, settings);
    return { kubeconfig, context, cluster, deleteUnreachable };
  }

  /** Starts to list the objects of a resource's kind, so that the list is there when the run needs it. */
  expect(registration: Registration): void {
    const { type, inputs, provider } = registration;
    if (isProvider(type)) {
      if (type === "pulumi:providers:kubernetes") this.use(registration);
      return;
    }
    if (this.isPlanned(provider)) return;
    // Certificates become Secrets.
    const { apiVersion, kind } = isCertManager(type) ? { apiVersion: "v1", kind: "Secret" } : inputs;
    if (typeof apiVersion === "string" && typeof kind === "string")
      this.#index(this.of(provider), { apiVersion, kind }).catch(() => undefined);
  }

  /** Whether a provider's cluster is yet to be made. */
  isPlanned(provider: string): boolean {
    return this.#planned.has(urnOfProvider(provider));
  }

  /** Whether a provider's cluster is known. */
  isKnown(provider: string): boolean {
    const urn = urnOfProvider(provider);
    return urn === "" || this.#clusters.has(urn) || this.#options.state.resources[urn]?.connection !== undefined;
  }

  of(provider: string): Cluster {
    const urn = urnOfProvider(provider);
    const found = this.#clusters.get(urn);
    if (found) return found;
    const connection = this.#options.state.resources[urn]?.connection;
    // Falling back to the default cluster would make or delete objects in the wrong cluster.
    if (!connection && urn) throw new Error(`its provider ${urn} has no cluster yet: its kubeconfig is not known`);
    return this.#open(urn, connection ?? this.#defaultAddress());
  }

  #open(urn: string, address: Address): Cluster {
    const cluster = clusterAt(address);
    const { state, home, fence, stop } = this.#options;
    Object.assign(cluster, { fence, stop });
    // For a provider that the program no longer declares, the cluster comes from the state itself: nothing to compare.
    const settings = this.#settings.get(urn);
    if (settings) sameCluster(state, { urn, cluster, settings, home });
    this.#clusters.set(urn, cluster);
    return cluster;
  }

  #defaultAddress(): Address {
    const { kubeconfig, context, defaults = {} } = this.#options;
    // Another kubeconfig has contexts of its own.
    if (defaults.kubeconfig) return defaults;
    return { kubeconfig, context: defaults.context ?? context, cluster: defaults.cluster };
  }

  /** A provider's settings; empty where the program no longer declares it. */
  settingsOf(provider: string): ProviderSettings {
    return this.#settings.get(urnOfProvider(provider)) ?? {};
  }

  /** Whether objects to delete from a cluster that doesn't answer count as deleted. */
  deletesUnreachable(provider: string): boolean {
    const urn = urnOfProvider(provider);
    const { deleteUnreachable } = this.#settings.get(urn) ?? this.#options.state.resources[urn]?.connection ?? {};
    return deleteUnreachable ?? process.env.PULUMI_K8S_DELETE_UNREACHABLE === "true";
  }

  /** Namespace of the provider's objects that set none: the provider's, that of the kubeconfig's context, or `default`. */
  namespaceOf(provider: string): string {
    const { namespace } = this.settingsOf(provider);
    if (namespace) return namespace;
    return (this.isPlanned(provider) ? undefined : this.of(provider).namespace) ?? "default";
  }

  /** An object as it was when the run began, or undefined where there was none. */
  async live(cluster: Cluster, target: Target): Promise<KubeObject | undefined> {
    const index = await this.#index(cluster, target);
    const key = label(target);
    if (!index) return undefined;
    return index.ours.get(key) ?? (index.labels && !index.labels.has(key) ? undefined : await cluster.get(target));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.close()));
  }

  #index(cluster: Cluster, { apiVersion, kind }: Target): Promise<Index | undefined> {
    const key = `${cluster.server} ${apiVersion}/${kind}`;
    const cached = this.#indexes.get(key);
    if (cached) return cached;
    const read = async (): Promise<Index | undefined> => {
      if ((await cluster.namespaced(apiVersion, kind)) === undefined) {
        this.#indexes.delete(key); // its definition may be on its way
        return undefined;
      }
      const target = { apiVersion, kind };
      try {
        const [ours, labels] = await Promise.all([
          cluster.list(target, `${partOf}=${this.#options.applySet}`),
          cluster.names(target),
        ]);
        const byLabel = new Map(ours.map((object) => [label(targetOf(object)), object]));
        return {
          ours: byLabel,
          labels: labels && new Set(labels.map((found) => label({ apiVersion, kind, ...found }))),
        };
      } catch (error) {
        if (isStatus(error, 403)) return { ours: new Map(), labels: undefined };
        throw error;
      }
    };
    const reading = read();
    this.#indexes.set(key, reading);
    return reading;
  }
}
