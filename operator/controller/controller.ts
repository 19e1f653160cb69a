// The control loop: changes in the caches go through the queue to the reconciler, which says when to reconcile again.
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import { namespaceOf } from "@agentic/kube/controller/object.ts";
import { WorkQueue } from "@agentic/kube/controller/work-queue.ts";
import { watching } from "../kube/watching.ts";
import { Caches } from "./caches.ts";
import { Claims } from "./claims.ts";
import { CostRecords, type RecordLedger } from "./cost-records.ts";
import { type Next, Reconciler, type ReconcilerOptions } from "./reconciler.ts";

/** The reconciler's options without those that the controller itself provides. */
export type ControllerOptions = Omit<ReconcilerOptions, "caches" | "claims" | "records" | "busy"> & {
  /** Where costs are recorded. Default: nowhere. */
  ledger?: RecordLedger | undefined;
};

/** Owns the caches, the queue and the reconciler. */
export class Controller {
  readonly caches: Caches;
  readonly #queue = new WorkQueue({ groupOf: namespaceOf });
  readonly #reconciler: Reconciler;
  readonly #options: ControllerOptions;
  /** By key of each workload that is being reconciled: when that began, milliseconds since the epoch. */
  readonly #busySince = new Map<string, number>();

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.caches = new Caches({
      watching: watching(options),
      enqueue: (key) => this.enqueue(key),
      onGone: (workload) => void records.keepDeleted(workload),
    });
    const records = new CostRecords({ ...options, caches: this.caches });
    this.#reconciler = new Reconciler({
      ...options,
      records,
      caches: this.caches,
      claims: new Claims((key) => this.enqueue(key)),
      busy: () => this.#queue.depth > 0,
    });
  }

  /** Queues a workload for reconciliation. */
  enqueue(key: string): void {
    this.#queue.add(key);
  }

  /** Workloads that wait for a worker. */
  get depth(): number {
    return this.#queue.depth + this.#queue.deferred;
  }

  /** For how long the workload has waited that has waited longest for a worker, seconds; 0 where none waits. */
  get oldestSeconds(): number {
    return this.#queue.oldestMs / 1000;
  }

  /** When the longest reconciliation under way began, milliseconds since the epoch; Infinity where none is under way. */
  get oldestWork(): number {
    return Math.min(...this.#busySince.values());
  }

  /** Reconciles with this many workers until {@link stop}. */
  async work(workers: number): Promise<void> {
    this.#reconciler.begin();
    await this.#queue.run(workers, async (key) => await this.#handle(key));
  }

  /** Ends the workers once their present reconciliations are done. */
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
      // A conflict only means that another client wrote first; the next reconciliation sees that change.
      log[conflict ? "debug" : "warn"]({ workload: key, waitMs: Math.round(waitMs), error: text }, "reconciling again");
    } finally {
      this.#busySince.delete(key);
    }
  }

  /** Schedules the next reconciliation of a workload. */
  #schedule(key: string, next: Next): void {
    if (next.backoff) this.#queue.retry(key);
    else this.#queue.forget(key);
    if (next.later) this.#queue.defer(key);
    if (next.afterMs !== undefined) this.#queue.addAfter(key, next.afterMs);
  }
}
