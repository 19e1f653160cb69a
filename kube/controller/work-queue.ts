// A work queue of keys: each key is in it once, never with two workers, groups take turns, and timers add keys later.
import { FairList } from "./fair-list.ts";

export interface QueueOptions {
  /** First wait of {@link WorkQueue.retry}, in milliseconds; doubles with each failure. */
  baseMs?: number;
  maxMs?: number;
  /** How long {@link WorkQueue.defer} lets other keys go first, in milliseconds. */
  deferMs?: number;
  random?: () => number;
  /** The group of a key: groups take turns, so that one with thousands of keys delays only itself. Default: one group. */
  groupOf?: (key: string) => string;
}

/** The longest `minMs` that counts: a server that asks for more is not obeyed. */
const longestMinMs = 300_000;

/** The longest wait of setTimeout, which takes a longer one for 1 ms. */
const longestTimerMs = 2 ** 31 - 1;

export class WorkQueue {
  readonly #ready: FairList;
  /** Keys to handle, in the order of their arrival, and since when they wait, milliseconds of the monotonic clock. */
  readonly #dirty = new Map<string, number>();
  /** Keys that let all others go first, in the order of their arrival, and until when, milliseconds since the epoch. */
  readonly #deferred = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  readonly #options: Required<Omit<QueueOptions, "groupOf">>;
  #idle: (() => void)[] = [];
  #stopped = false;

  constructor({ groupOf = () => "", ...options }: QueueOptions = {}) {
    this.#ready = new FairList(groupOf);
    this.#options = { baseMs: 50, maxMs: 30_000, deferMs: 10_000, random: Math.random, ...options };
  }

  /** Keys that wait for a worker, without those that let others go first. */
  get depth(): number {
    return this.#ready.size;
  }

  /** Milliseconds for which the key has waited that has waited longest, without those that let others go first; 0 where none waits. */
  get oldestMs(): number {
    const { value: since } = this.#dirty.values().next();
    return since === undefined ? 0 : performance.now() - since;
  }

  /** Keys that let others go first. */
  get deferred(): number {
    return this.#deferred.size;
  }

  /** Keys that a worker is handling. */
  get busy(): number {
    return this.#busy.size;
  }

  add(key: string): void {
    if (this.#stopped || this.#dirty.has(key)) return;
    this.#deferred.delete(key);
    this.#dirty.set(key, performance.now());
    if (this.#busy.has(key)) return;
    this.#ready.push(key);
    this.#idle.shift()?.();
  }

  /**
   * Adds the key behind all others of every group, for what can wait while other work can't: it comes as soon as no other key waits, and
   * after `deferMs` it waits its group's turn like others.
   */
  defer(key: string): void {
    if (this.#stopped || this.#dirty.has(key) || this.#deferred.has(key)) return;
    this.#deferred.set(key, Date.now() + this.#options.deferMs);
    this.#idle.shift()?.();
  }

  /**
   * Adds the key after `ms` milliseconds; if it already waits, the earlier of both moments counts. A wait that is longer than a timer
   * can be ends early: the worker finds nothing to do and waits again. Throws a RangeError unless `ms` is a finite number.
   */
  addAfter(key: string, ms: number): void {
    if (!Number.isFinite(ms)) throw new RangeError(`cannot set a timer for ${key} in ${ms} ms`);
    if (this.#stopped) return;
    const at = Date.now() + ms;
    const known = this.#timers.get(key);
    if (known && known.at <= at) return;
    if (known) clearTimeout(known.timer);
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        this.add(key);
      },
      Math.min(Math.max(Math.ceil(ms), 0), longestTimerMs),
    );
    this.#timers.set(key, { at, timer });
  }

  /** Adds the key after a wait that doubles with each retry in a row, or after `minMs` (at most 5 min) if that is longer. */
  retry(key: string, minMs = 0): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const backoff = Math.min(this.#options.maxMs, this.#options.baseMs * 2 ** Math.min(failures, 20));
    const wait = Math.max(Math.min(minMs, longestMinMs), backoff * (0.75 + this.#options.random() / 2));
    this.addAfter(key, wait);
    return wait;
  }

  /** Forgets the key's failures, since it succeeded: its next retry is the first again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Forgets the key's failures and its timer, since its object is gone. */
  drop(key: string): void {
    this.#deferred.delete(key);
    clearTimeout(this.#timers.get(key)?.timer);
    this.#timers.delete(key);
    this.#failures.delete(key);
  }

  /** How many times in a row the key has been retried. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Handles keys with that many workers until {@link stop}; the handler must not throw. */
  async run(workers: number, handler: (key: string) => Promise<void>): Promise<void> {
    const work = async () => {
      for (;;) {
        const key = await this.#next();
        if (key === undefined) return;
        try {
          await handler(key);
        } finally {
          this.#busy.delete(key);
          if (this.#dirty.has(key) && !this.#stopped) {
            this.#ready.push(key);
            this.#idle.shift()?.();
          }
        }
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
  }

  /** Ends each worker once its current key is done. */
  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const wake of this.#idle) wake();
    this.#idle = [];
  }

  async #next(): Promise<string | undefined> {
    while (!this.#stopped) {
      this.#addOverdue();
      const key = this.#ready.shift() ?? this.#firstDeferred();
      if (key !== undefined) {
        this.#dirty.delete(key);
        this.#deferred.delete(key);
        this.#busy.add(key);
        return key;
      }
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    return undefined;
  }

  /** Adds the keys that have let others go first for long enough. */
  #addOverdue(): void {
    if (this.#deferred.size === 0) return;
    const now = Date.now();
    for (const [key, until] of this.#deferred) {
      if (until > now) return;
      this.add(key);
    }
  }

  /** The first deferred key that no other worker is handling. */
  #firstDeferred(): string | undefined {
    for (const key of this.#deferred.keys()) if (!this.#busy.has(key)) return key;
    return undefined;
  }
}
