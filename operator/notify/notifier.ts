// Delivers the notifications that workloads owe: retries, shares slots fairly between tenants, reports results to the reconciler.
import type { AgentWorkload, WorkloadNotification } from "@agentic/api/agentworkload.ts";
import { clean, cut } from "@agentic/api/text.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import type { Logger } from "pino";
import { jobIdOf } from "../decide/parameters.ts";
import type { Delivery } from "../decide/types.ts";
import { deliveryId, Permanent, Poster, type PosterOptions, Transient, uidOf } from "./post.ts";
import { type SlotOptions, TenantSlots } from "./slots.ts";

export interface NotifierOptions extends PosterOptions {
  /** Called with the workload's key when a delivery has ended. */
  enqueue: (key: string) => void;
  log: Logger;
  count?: (result: "delivered" | "failed") => void;
  /** Waits between tries, milliseconds. */
  waitsMs?: readonly number[];
  slots?: SlotOptions;
}

const WAITS_MS = [1_000, 5_000, 30_000, 120_000, 600_000];
const SLOTS: SlotOptions = { total: 32, perTenant: 4 };

/** The longest wait by a receiver's Retry-After. */
const MAX_RETRY_AFTER_MS = 600_000;

interface Task {
  workload: AgentWorkload;
  notification: WorkloadNotification;
  /** Tries before this one. */
  attempt: number;
}

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #poster: Poster;
  readonly #slots: TenantSlots;
  /** Ids of deliveries that are under way, wait for a slot, or for their next try. */
  readonly #known = new Set<string>();
  /** By workload's uid. */
  readonly #ended = new Map<string, { key: string; ends: Delivery[] }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #stop = new AbortController();

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#poster = new Poster(options);
    this.#slots = new TenantSlots(options.slots ?? SLOTS);
  }

  /** Begins a delivery unless it is under way. */
  send(workload: AgentWorkload, notification: WorkloadNotification): void {
    const id = deliveryId(workload, notification);
    const { url, event } = notification;
    if (this.#stop.signal.aborted || this.#known.has(id)) return;
    if (this.ended(workload).some((end) => end.url === url && end.event === event)) return;
    this.#known.add(id);
    this.#queue({ workload, notification, attempt: 0 });
  }

  /** Deliveries that have ended and are not yet in the workload's status. */
  ended(workload: AgentWorkload): Delivery[] {
    return this.#ended.get(uidOf(workload))?.ends ?? [];
  }

  /** Forgets these results, which the workload's status holds now. */
  settled(workload: AgentWorkload, ends: readonly Delivery[]): void {
    const left = this.ended(workload).filter((end) => !ends.includes(end));
    if (left.length > 0) this.#ended.set(uidOf(workload), { key: keyOf(workload), ends: left });
    else this.#ended.delete(uidOf(workload));
  }

  /** Forgets the results for workloads of this key with another uid: that workload is gone, so no status will take them. */
  prune(key: string, uid: string | undefined): void {
    for (const [known, entry] of this.#ended) if (entry.key === key && known !== uid) this.#ended.delete(known);
  }

  /** Aborts the deliveries under way; they stay pending in the workloads' status. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#slots.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#poster.close();
  }

  #queue(task: Task): void {
    const tenant = task.workload.metadata.namespace ?? "";
    this.#slots.run(tenant, task.attempt, () => this.#try(task));
  }

  async #try(task: Task): Promise<void> {
    const { workload, notification, attempt } = task;
    try {
      await this.#poster.post(workload, notification, this.#stop.signal);
      this.#end(task, { state: "Delivered" });
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const waits = this.#options.waitsMs ?? WAITS_MS;
      const wait = waits[attempt];
      const { message } = error as Error;
      if (error instanceof Permanent) this.#end(task, { state: "Failed", message });
      else if (wait === undefined)
        this.#end(task, { state: "Failed", message: `given up after ${attempt + 1} tries: ${message}` });
      else this.#retryLater(task, waitBetween(wait, error));
    }
  }

  /** Queues the delivery again after this time; it holds no slot meanwhile. */
  #retryLater(task: Task, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#queue({ ...task, attempt: task.attempt + 1 });
    }, ms);
    this.#timers.add(timer);
  }

  #end({ workload, notification }: Task, outcome: Pick<Delivery, "state" | "message">): void {
    this.#known.delete(deliveryId(workload, notification));
    const { url, event } = notification;
    const { state, message } = outcome;
    const end: Delivery = { url, event, state, ...(message ? { message: cut(clean(message), 256) } : {}) };
    const key = keyOf(workload);
    this.#options.count?.(state === "Delivered" ? "delivered" : "failed");
    this.#options.log.info({ workload: key, jobId: jobIdOf(workload), ...end }, "notification");
    this.#ended.set(uidOf(workload), { key, ends: [...this.ended(workload), end] });
    this.#options.enqueue(key);
  }
}

/** Milliseconds until the next try: the usual wait ± 25 %, or the receiver's Retry-After (capped) if that is longer. */
export function waitBetween(usualMs: number, error: unknown): number {
  const requested = error instanceof Transient ? Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS) : 0;
  return Math.max(usualMs * (0.75 + Math.random() / 2), requested);
}
