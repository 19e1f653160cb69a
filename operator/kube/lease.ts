// Leader election by a coordination.k8s.io Lease, with client-go's timings, so that only one of several replicas acts.
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { KubeApi } from "@agentic/kube/client/client.ts";
import { sleep } from "@agentic/kube/controller/sleep.ts";

interface Lease {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; resourceVersion?: string };
  spec: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export interface LeaderOptions {
  client: KubeApi;
  namespace: string;
  name: string;
  identity: string;
  /** How long a leader that doesn't renew keeps the lease. */
  leaseMs?: number;
  /** How long a leader tries to renew before it gives up; less than `leaseMs`. */
  renewDeadlineMs?: number;
  /** Time between tries. */
  retryMs?: number;
  onError?: (error: Error) => void;
}

export class LeaderElector {
  readonly #options: Required<LeaderOptions>;
  readonly #path: string;
  readonly #collection: string;
  #held: Lease | undefined;
  /** The lease's last observed version, and when it appeared by this process's clock, as other machines' clocks may differ. */
  #lastObserved = { version: "", at: 0 };

  constructor(options: LeaderOptions) {
    this.#options = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, onError: () => {}, ...options };
    this.#collection = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`;
    this.#path = `${this.#collection}/${options.name}`;
  }

  get isLeader(): boolean {
    return this.#held !== undefined;
  }

  /** Resolves once this replica leads; rejects only if the signal aborts first. */
  async acquire(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (await this.#try()) return;
      await sleep(this.#options.retryMs, signal);
    }
  }

  /** Renews until the lease is lost (`lost`) or the signal aborts (`stopped`). */
  async hold(signal: AbortSignal): Promise<"lost" | "stopped"> {
    let renewed = performance.now();
    while (!signal.aborted) {
      await sleep(this.#options.retryMs, signal);
      if (signal.aborted) break;
      // A conflict drops the copy of the lease; the second try reads the lease again to see who holds it.
      if ((await this.#try()) || (!this.#held && (await this.#try()))) renewed = performance.now();
      else if (!this.#held || performance.now() - renewed > this.#options.renewDeadlineMs) {
        this.#held = undefined;
        return "lost";
      }
    }
    return "stopped";
  }

  /** Releases the lease, so that another replica need not wait until it expires. */
  async release(): Promise<void> {
    const lease = this.#held;
    this.#held = undefined;
    if (!lease) return;
    const now = microTime();
    await this.#options.client
      .replace(this.#path, {
        ...lease,
        spec: { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now },
      })
      .catch(this.#options.onError);
  }

  /** One try to get or keep the lease. */
  async #try(): Promise<boolean> {
    const { client, identity, leaseMs } = this.#options;
    try {
      const lease = this.#held ?? (await client.get<Lease>(this.#path));
      const isHolder = lease.spec.holderIdentity === identity;
      if (!isHolder && !this.#expired(lease)) return false;
      const now = microTime();
      this.#held = await client.replace<Lease>(this.#path, {
        ...lease,
        spec: {
          holderIdentity: identity,
          leaseDurationSeconds: Math.max(1, Math.round(leaseMs / 1000)),
          acquireTime: isHolder ? lease.spec.acquireTime : now,
          renewTime: now,
          leaseTransitions: (lease.spec.leaseTransitions ?? 0) + (isHolder ? 0 : 1),
        },
      });
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return this.#create();
      // Another replica has written it: the next try reads it again.
      if (isStatus(error, 409)) this.#held = undefined;
      this.#options.onError(error as Error);
      return false;
    }
  }

  async #create(): Promise<boolean> {
    const { client, identity, leaseMs, name, namespace } = this.#options;
    const now = microTime();
    try {
      this.#held = await client.create<Lease>(this.#collection, {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name, namespace },
        spec: {
          holderIdentity: identity,
          leaseDurationSeconds: Math.max(1, Math.round(leaseMs / 1000)),
          acquireTime: now,
          renewTime: now,
          leaseTransitions: 0,
        },
      });
      return true;
    } catch (error) {
      this.#options.onError(error as Error);
      return false;
    }
  }

  #expired(lease: Lease): boolean {
    if (!lease.spec.holderIdentity) return true;
    const version = lease.metadata.resourceVersion ?? "";
    if (version !== this.#lastObserved.version) {
      this.#lastObserved = { version, at: performance.now() };
      return false;
    }
    return performance.now() - this.#lastObserved.at > (lease.spec.leaseDurationSeconds ?? 15) * 1000;
  }
}

function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}
