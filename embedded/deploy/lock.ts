// One run at a time for each stack: a Lease in the cluster that holds the state.
//
// The rules are those of client-go's leader election: whether a holder lives is judged by what is seen of its Lease change, for no
// two machines' clocks agree; and who can't be sure any more that the Lease is its own asks the API server before it changes anything.
import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { type Cluster, type KubeObject, Stopped } from "./kubernetes/cluster.ts";
import { manager } from "./manager.ts";
import { stateNamespace } from "./names.ts";

/** How a stack is held. */
export interface LockOptions {
  cluster: Cluster;
  /** Of the Lease. */
  name: string;
  /** Hears what is waited for. */
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
  /** As this run has written it last. */
  #lease: KubeObject | undefined;
  /** When the writing that succeeded last began. */
  #renewed = now();
  #renewing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: LockOptions) {
    this.#options = { seconds: 15, ...options };
  }

  /** Takes a stack's Lease. Throws where another run holds it; one that died is passed over once its Lease has stood still for long enough. */
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
   * To be asked right before each change: resolves where the Lease is this run's for some time yet. A run that was stopped for a
   * while finds out here. Rejects with a LockLost, or where the API server can't be asked.
   */
  async check(): Promise<void> {
    for (;;) {
      this.lost.throwIfAborted();
      // A third of the time is left for what is on its way then.
      if (since(this.#renewed) < (this.#options.seconds * 2000) / 3) return;
      await this.#renew();
    }
  }

  /** Gives the Lease back. What is another run's by now stays. */
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
        // Somebody has written something else into it, or it is another one.
        const there = await this.#options.cluster.get(this.#target);
        lease = there && this.#isOurs(there) ? there : undefined;
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
      // The answer to our own writing was lost.
      this.#lease = found;
      return;
    }
    const { holderIdentity: other = "", leaseDurationSeconds: theirs = seconds } = specOf(found);
    if (other) tell(`${other} holds this stack: looking for ${theirs} s whether that run is still alive`);
    const still = other ? await this.#standsStill(found, theirs * 1000, signal) : found;
    this.#renewed = now();
    const transitions = (specOf(still).leaseTransitions ?? 0) + 1;
    const spec = { ...own, renewTime: microTime(), leaseTransitions: transitions };
    this.#lease = await cluster.replace({ ...still, spec }, manager).catch((error: Error) => {
      throw isConflict(error) ? new Error("another run has just taken this stack: wait for its end") : error;
    });
  }

  /** Looks at another run's Lease until it has not changed for as long as its holder may be silent. Throws where that run lives. */
  async #standsStill(found: KubeObject, ms: number, signal: AbortSignal | undefined): Promise<KubeObject> {
    const { cluster } = this.#options;
    const { holderIdentity } = specOf(found);
    const seen = seenOf(found);
    const began = performance.now();
    for (;;) {
      const elapsed = performance.now() - began;
      await sleep(Math.min(500, Math.max(50, ms - elapsed)), undefined, { signal });
      // What is read after the time is up decides.
      const isLast = performance.now() - began > ms;
      const there = await cluster.get(this.#target);
      if (!there)
        throw new Error(`another run holds this stack (${holderIdentity}), or did until a moment ago: run again`);
      if (seenOf(there) !== seen)
        throw new Error(
          `another run holds this stack (${specOf(there).holderIdentity}): wait for its end; one that died is passed over once ` +
            `its Lease ${this.#target.namespace}/${this.#target.name} has not changed for ${ms / 1000} s`,
        );
      if (isLast) return there;
    }
  }

  /** Writes the Lease anew. Rejects where the API server can't be asked; that it is lost is told by `lost`. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#write().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #write(): Promise<void> {
    for (let lease = this.#lease; lease && !this.lost.aborted; ) {
      const began = now();
      const spec = { ...specOf(lease), renewTime: microTime() };
      try {
        this.#lease = await this.#options.cluster.replace({ ...lease, spec }, manager);
        this.#renewed = began;
        return;
      } catch (error) {
        if (!isConflict(error)) throw error;
        // Our own writing, the answer to which was lost, and what others note on our Lease take nothing from us.
        const there = await this.#options.cluster.get(this.#target);
        if (!there || there.metadata.uid !== lease.metadata.uid || !this.#isOurs(there)) return this.#lose(there);
        this.#lease = there;
        lease = there;
      }
    }
  }

  #lose(there: KubeObject | undefined): void {
    clearInterval(this.#timer);
    const other = there && specOf(there).holderIdentity;
    // Without a Lease another run may have come and gone.
    const why = other ? `${other} has taken it over` : "its Lease is gone";
    this.#lost.abort(
      new LockLost(`this run no longer holds the stack (${why}) and has stopped before its next change`),
    );
  }
}

/** What tells of a holder's life. */
const seenOf = ({ metadata, spec }: KubeObject): string => JSON.stringify([metadata.uid, spec]);

/** The object has been changed, made or deleted by somebody else. */
const isConflict = (error: unknown): boolean => isStatus(error, 404, 409);

/** A moment by this machine's own clocks: the steady one stands still while the machine sleeps, the other one can be set. */
const now = () => ({ steady: performance.now(), wall: Date.now() });

/** Milliseconds since a moment, by the clock that says more. */
const since = ({ steady, wall }: ReturnType<typeof now>): number =>
  Math.max(performance.now() - steady, Date.now() - wall);

/** The API's MicroTime. */
const microTime = (): string => new Date().toISOString().replace("Z", "000Z");

/** Tells people who it is, and this run from all others. */
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
