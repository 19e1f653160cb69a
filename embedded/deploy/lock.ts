// One run at a time for each stack: a Lease in the cluster that holds the state.
//
// The rules are those of client-go's leader election: a holder is alive if its Lease is seen to change, since
// clocks of two machines differ; and a holder that may have lost its Lease asks the API server before it changes anything.
import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { type Cluster, type KubeObject, Stopped } from "./kubernetes/cluster.ts";
import { manager } from "./manager.ts";
import { stateNamespace } from "./names.ts";

/** The inputs of a lock. */
export interface LockOptions {
  cluster: Cluster;
  /** Name of the Lease. */
  name: string;
  /** Called with a message for each new reason to wait. */
  tell: (message: string) => void;
  /** Ends the wait for another run's Lease. */
  signal?: AbortSignal;
  /** After how many seconds without a change of the Lease another run takes it; default 15. */
  seconds?: number;
}

/** Another run has the stack: this one may change nothing more. */
export class LockLost extends Stopped {}

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  leaseTransitions?: number;
  [field: string]: string | number | undefined;
}

const specOf = (lease: KubeObject): LeaseSpec => (lease.spec ?? {}) as LeaseSpec;

export class StackLock {
  readonly #options: LockOptions & { seconds: number };
  readonly #holder = holderName();
  readonly #lost = new AbortController();
  /** The Lease as this run last wrote it. */
  #lease: KubeObject | undefined;
  /** When the last successful write began. */
  #renewed = now();
  #renewing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: LockOptions) {
    this.#options = { seconds: 15, ...options };
  }

  /** Takes a stack's Lease. Throws where another run holds it; the Lease of a run that died is taken over once it has not changed for its duration. */
  static async take(options: LockOptions): Promise<StackLock> {
    const lock = new StackLock(options);
    await lock.#take();
    lock.#timer = setInterval(() => void lock.#renew().catch(() => undefined), lock.#options.seconds * 200);
    lock.#timer.unref();
    return lock;
  }

  /** Aborted with a LockLost once another run has the Lease. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * To be called right before each change: resolves while the Lease is this run's for some more time. A run that was suspended for a
   * while finds out here. Rejects with a LockLost, or where the API server can't be asked.
   */
  async check(): Promise<void> {
    for (;;) {
      this.lost.throwIfAborted();
      // A third of the duration is left for requests that are on their way then.
      if (since(this.#renewed) < (this.#options.seconds * 2000) / 3) return;
      await this.#renew();
    }
  }

  /** Deletes the Lease, unless another run holds it by now. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing?.catch(() => undefined);
    for (let lease = this.#lease; lease && !this.lost.aborted; ) {
      const { uid, resourceVersion } = lease.metadata;
      try {
        await this.#options.cluster.delete(this.#target, { uid, resourceVersion });
        return;
      } catch (error) {
        if (!isConflict(error)) throw error;
        // Somebody has changed the Lease, or replaced it.
        const current = await this.#options.cluster.get(this.#target);
        lease = current && this.#isOurs(current) ? current : undefined;
      }
    }
  }

  get #target() {
    const { name } = this.#options;
    return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: stateNamespace, name };
  }

  #isOurs(lease: KubeObject): boolean {
    return specOf(lease).holderIdentity === this.#holder;
  }

  async #take(): Promise<void> {
    const { cluster, name, seconds, tell, signal } = this.#options;
    const { apiVersion, kind, namespace } = this.#target;
    this.#renewed = now();
    const own = { holderIdentity: this.#holder, leaseDurationSeconds: seconds, acquireTime: microTime() };
    const created = { apiVersion, kind, metadata: { name, namespace }, spec: { ...own, renewTime: microTime() } };
    try {
      this.#lease = await cluster.create(created, manager);
      return;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    const found = await cluster.get(this.#target);
    if (!found) return await this.#take();
    if (this.#isOurs(found)) {
      // The answer to our own write was lost.
      this.#lease = found;
      return;
    }
    const { holderIdentity: other = "", leaseDurationSeconds: theirs = seconds } = specOf(found);
    if (other)
      tell(`${other} holds this stack: watching its Lease for ${theirs} s to see whether that run is still alive`);
    const still = other ? await this.#standsStill(found, theirs * 1000, signal) : found;
    this.#renewed = now();
    const transitions = (specOf(still).leaseTransitions ?? 0) + 1;
    const spec = { ...own, renewTime: microTime(), leaseTransitions: transitions };
    this.#lease = await cluster.replace({ ...still, spec }, manager).catch((error: Error) => {
      throw isConflict(error) ? new Error("another run has just taken this stack: wait for its end") : error;
    });
  }

  /** Watches another run's Lease until it has not changed for its duration. Throws where that run is alive. */
  async #standsStill(found: KubeObject, ms: number, signal: AbortSignal | undefined): Promise<KubeObject> {
    const { cluster } = this.#options;
    const { holderIdentity } = specOf(found);
    const fingerprint = fingerprintOf(found);
    const start = performance.now();
    for (;;) {
      const elapsed = performance.now() - start;
      await sleep(Math.min(500, Math.max(50, ms - elapsed)), undefined, { signal });
      // The read after the duration is over decides.
      const isLast = performance.now() - start > ms;
      const current = await cluster.get(this.#target);
      if (!current)
        throw new Error(`another run holds this stack (${holderIdentity}), or did until a moment ago: run again`);
      if (fingerprintOf(current) !== fingerprint)
        throw new Error(
          `another run holds this stack (${specOf(current).holderIdentity}): wait for its end; if it died, its Lease ` +
            `${this.#target.namespace}/${this.#target.name} is taken over once it has not changed for ${ms / 1000} s`,
        );
      if (isLast) return current;
    }
  }

  /** Renews the Lease. Rejects where the API server doesn't answer; a lost Lease aborts `lost`. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#write().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #write(): Promise<void> {
    for (let lease = this.#lease; lease && !this.lost.aborted; ) {
      const start = now();
      const spec = { ...specOf(lease), renewTime: microTime() };
      try {
        this.#lease = await this.#options.cluster.replace({ ...lease, spec }, manager);
        this.#renewed = start;
        return;
      } catch (error) {
        if (!isConflict(error)) throw error;
        // A write of ours whose answer was lost, or metadata that others add, doesn't end our hold.
        const current = await this.#options.cluster.get(this.#target);
        if (!current || current.metadata.uid !== lease.metadata.uid || !this.#isOurs(current))
          return this.#lose(current);
        this.#lease = current;
        lease = current;
      }
    }
  }

  #lose(current: KubeObject | undefined): void {
    clearInterval(this.#timer);
    const other = current && specOf(current).holderIdentity;
    // Without a Lease another run may have come and gone.
    const reason = other ? `${other} has taken it over` : "its Lease is gone";
    this.#lost.abort(
      new LockLost(`this run no longer holds the stack (${reason}) and has stopped before its next change`),
    );
  }
}

/** Changes with each renewal: the sign that the holder is alive. */
const fingerprintOf = ({ metadata, spec }: KubeObject): string => JSON.stringify([metadata.uid, spec]);

/** The object has been changed, made or deleted by somebody else. */
const isConflict = (error: unknown): boolean => isStatus(error, 404, 409);

/** Now by both clocks of this machine: the steady one stops while the machine sleeps, the wall clock can be set. */
const now = () => ({ steady: performance.now(), wall: Date.now() });

/** Milliseconds since a moment, by the clock that counted more. */
const since = ({ steady, wall }: ReturnType<typeof now>): number =>
  Math.max(performance.now() - steady, Date.now() - wall);

/** The API's MicroTime. */
const microTime = (): string => new Date().toISOString().replace("Z", "000Z");

/** Identity of this run for people to read, unique by its random part. */
function holderName(): string {
  return `${userName()}@${hostname()} ${process.pid} ${randomUUID().slice(0, 8)}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "somebody"); // a user without an entry, as in many containers
  }
}
