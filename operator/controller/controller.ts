// The control loop: what changes in the caches goes through the queue to the reconciler, and its wishes back into the queue.
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import { namespaceOf } from "@agentic/kube/controller/object.ts";
import { WorkQueue } from "@agentic/kube/controller/work-queue.ts";
import { Caches } from "./caches.ts";
import { Claims } from "./claims.ts";
import { type Next, Reconciler, type ReconcilerOptions } from "./reconciler.ts";

/** What the loop works with. */
export type ControllerOptions = Omit<ReconcilerOptions, "caches" | "claims" | "busy">;

/** Caches, queue and reconciler as one. */
export class Controller {
  readonly caches: Caches;
  readonly #queue = new WorkQueue({ groupOf: namespaceOf });
  readonly #reconciler: Reconciler;
  readonly #options: ControllerOptions;
  /** When a worker began with each workload that one is on now, milliseconds since the epoch. */
  readonly #busySince = new Map<string, number>();

  constructor(options: ControllerOptions) {
    const { client, metrics, log } = options;
    this.#options = options;
    this.caches = new Caches({
      client,
      enqueue: (key) => this.enqueue(key),
      onError: (resource, error) => {
        metrics.watchErrors.inc({ resource });
        log.warn({ resource, error: error.message }, "watch broke; listing again");
      },
    });
    this.#reconciler = new Reconciler({
      ...options,
      caches: this.caches,
      claims: new Claims((key) => this.enqueue(key)),
      busy: () => this.depth > 0,
    });
  }

  /** Has a workload looked at soon. */
  enqueue(key: string): void {
    this.#queue.add(key);
  }

  /** Workloads that wait for a worker. */
  get depth(): number {
    return this.#queue.depth;
  }

  /** Milliseconds since the epoch when the oldest work that is under way began; Infinity where none is. */
  get oldestWork(): number {
    return Math.min(...this.#busySince.values());
  }

  /** Works with so many workers until {@link stop}. */
  async work(workers: number): Promise<void> {
    this.#reconciler.begin();
    await this.#queue.run(workers, async (key) => await this.#handle(key));
  }

  /** Ends the workers once their present work is done. */
  stop(): void {
    this.#queue.stop();
  }

  async #handle(key: string): Promise<void> {
    const { metrics, log } = this.#options;
    this.#busySince.set(key, Date.now());
    const timer = metrics.reconcile.startTimer();
    try {
      const next = await this.#reconciler.reconcile(key);
      timer({ result: "ok" });
      this.#schedule(key, next);
    } catch (error) {
      const conflict = isStatus(error, 409);
      timer({ result: conflict ? "conflict" : "error" });
      const retryAfterMs = error instanceof ApiError ? error.retryAfterMs : undefined;
      const waitMs = this.#queue.retry(key, retryAfterMs);
      const text = (error as Error).message;
      // A conflict only means that somebody was faster; the next look sees their change.
      log[conflict ? "debug" : "warn"]({ workload: key, waitMs: Math.round(waitMs), error: text }, "will look again");
    } finally {
      this.#busySince.delete(key);
    }
  }

  /** Plans the next look at a workload. */
  #schedule(key: string, next: Next): void {
    if (next.backoff) this.#queue.retry(key);
    else this.#queue.forget(key);
    if (next.again) this.#queue.add(key);
    if (next.afterMs !== undefined) this.#queue.addAfter(key, next.afterMs);
  }
}
