// Delivers the notifications that workloads owe: retries, shares slots fairly between tenants, has many to one receiver's people go as one,
// reports results to the reconciler.
import type { AgentWorkload, WorkloadNotification } from "@agentic/api/agentworkload.ts";
import { clean, cut } from "@agentic/api/text.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import type { Logger } from "pino";
import { entryOf } from "../decide/outbox.ts";
import { jobIdOf } from "../decide/parameters.ts";
import { reminder, remindersOf } from "../decide/reminders.ts";
import type { Delivery } from "../decide/types.ts";
import { bodyOf, deliveryId, messageId, type Owed, uidOf } from "./body.ts";
import { isPeoples } from "./formats/index.ts";
import { Permanent, Poster, type PosterOptions, Transient } from "./post.ts";
import { type SlotOptions, TenantSlots } from "./slots.ts";
import { Windows } from "./windows.ts";

export interface NotifierOptions extends PosterOptions {
  /** Called with the workload's key when a delivery has ended. */
  enqueue: (key: string) => void;
  log: Logger;
  count?: (result: "delivered" | "failed") => void;
  /** Waits between tries, milliseconds. */
  waitsMs?: readonly number[];
  slots?: SlotOptions;
  /** Milliseconds between two messages to a receiver whose format people read; what comes in between goes as one. */
  windowMs?: number;
  /** Where the console answers that messages link to. Default: there is none. */
  consoleUrl?: string | undefined;
}

/** Waits between tries, milliseconds. */
export const WAITS_MS = [1_000, 5_000, 30_000, 120_000, 600_000];
const SLOTS: SlotOptions = { total: 32, perTenant: 4 };

/** The event in the headers of a message about several. */
const SEVERAL = "Several";

/** The longest wait by a receiver's Retry-After. */
const MAX_RETRY_AFTER_MS = 600_000;

/** Slack takes a message a second from a webhook, for people that is too many. */
const WINDOW_MS = 30_000;

/** What goes to one receiver in one post: one notification, or several to people. */
interface Task {
  owed: Owed[];
  /** Tries before this one. */
  attempt: number;
}

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #poster: Poster;
  readonly #slots: TenantSlots;
  readonly #windows: Windows<Owed>;
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
    const { windowMs = WINDOW_MS } = options;
    this.#windows = new Windows({ windowMs, flush: (owed) => this.#queue({ owed, attempt: 0 }) });
  }

  /** Begins a delivery unless it is under way. */
  send(workload: AgentWorkload, notification: WorkloadNotification): void {
    const id = deliveryId(workload, notification);
    const { url, event } = notification;
    if (this.#stop.signal.aborted || this.#known.has(id)) return;
    if (this.ended(workload).some((end) => end.url === url && end.event === event)) return;
    this.#known.add(id);
    const entry = entryOf(workload, url, event);
    const owed = { workload, notification };
    if (!isPeoples(entry?.format)) {
      this.#queue({ owed: [owed], attempt: 0 });
      return;
    }
    const { name = "", key = "" } = entry?.secretRef ?? {};
    const receiver = [workload.metadata.namespace, url, entry?.format, entry?.secretRef && `${name}/${key}`];
    this.#windows.add(JSON.stringify(receiver), owed);
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

  /** Begins no other try of the reminders that this workload's status no longer has, since nobody needs them. */
  recall(workload: AgentWorkload): void {
    for (const entry of workload.spec.notify ?? []) {
      for (const event of remindersOf(entry).map(reminder)) {
        const isOwed = workload.status?.notifications?.some(
          (other) => other.url === entry.url && other.event === event,
        );
        if (!isOwed) this.#known.delete(deliveryId(workload, { url: entry.url, event, state: "Pending" }));
      }
    }
  }

  /** Aborts the deliveries under way; they stay pending in the workloads' status. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#windows.close();
    this.#slots.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#poster.close();
  }

  #queue(task: Task): void {
    const tenant = task.owed[0]?.workload.metadata.namespace ?? "";
    this.#slots.run(tenant, task.attempt, () => this.#try(task));
  }

  async #try(task: Task): Promise<void> {
    const { attempt, owed } = task;
    if (!owed.some(({ workload, notification }) => this.#known.has(deliveryId(workload, notification)))) return;
    try {
      await this.#post(task.owed);
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

  /** Posts what these are about; they have one receiver. */
  async #post(owed: readonly Owed[]): Promise<void> {
    const [first] = owed;
    if (!first) return;
    const { workload, notification } = first;
    const { url, event } = notification;
    const entry = entryOf(workload, url, event);
    // The entry that was removed may have named a key, so the notification must not go out unsigned.
    if (!entry) throw new Permanent(`not sent: spec.notify no longer has ${event} sent to this URL`);
    const { consoleUrl } = this.#options;
    await this.#poster.post(
      {
        url,
        namespace: workload.metadata.namespace ?? "",
        event: owed.length === 1 ? event : SEVERAL,
        delivery: messageId(owed),
        body: bodyOf(owed, entry.format, { consoleUrl, now: Date.now() }),
        key: entry.secretRef,
      },
      this.#stop.signal,
    );
  }

  /** Queues the delivery again after this time; it holds no slot meanwhile. */
  #retryLater(task: Task, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#queue({ ...task, attempt: task.attempt + 1 });
    }, ms);
    this.#timers.add(timer);
  }

  #end({ owed }: Task, { state, message }: Pick<Delivery, "state" | "message">): void {
    for (const { workload, notification } of owed) {
      this.#known.delete(deliveryId(workload, notification));
      const { url, event } = notification;
      const end: Delivery = { url, event, state, ...(message ? { message: cut(clean(message), 256) } : {}) };
      const key = keyOf(workload);
      this.#options.count?.(state === "Delivered" ? "delivered" : "failed");
      this.#options.log.info({ workload: key, jobId: jobIdOf(workload), ...end }, "notification");
      this.#ended.set(uidOf(workload), { key, ends: [...this.ended(workload), end] });
      this.#options.enqueue(key);
    }
  }
}

/** Milliseconds until the next try: the usual wait ± 25 %, or the receiver's Retry-After (capped) if that is longer. */
export function waitBetween(usualMs: number, error: unknown): number {
  const requested = error instanceof Transient ? Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS) : 0;
  return Math.max(usualMs * (0.75 + Math.random() / 2), requested);
}
