// The work queue: each key once, never two passes over one key at a time, later when told so, slower after failures.
import { timerDelay } from "../core/time.ts";

export interface QueueOptions {
  work: (key: string) => Promise<void>;
  onError: (key: string, error: unknown) => void;
  /** How many keys are worked on at the same time. */
  concurrency?: number;
  now?: () => number;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 30_000;

export class Queue {
  readonly #options: Required<QueueOptions>;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  #stopped = false;
  #idle: (() => void) | undefined;

  constructor(options: QueueOptions) {
    this.#options = { concurrency: 16, now: Date.now, ...options };
  }

  get depth(): number {
    return this.#waiting.size + this.#again.size;
  }

  get busy(): number {
    return this.#active.size;
  }

  add(key: string): void {
    if (this.#stopped) return;
    if (this.#active.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#pump();
  }

  /** Adds the key at a moment (epoch milliseconds) unless an earlier one is set already. */
  addAt(key: string, at: number): void {
    if (this.#stopped) return;
    const known = this.#timers.get(key);
    if (known && known.at <= at) return;
    const wait = timerDelay(at, this.#options.now());
    clearTimeout(known?.timer);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.add(key);
    }, wait);
    this.#timers.set(key, { at, timer });
  }

  /** Forgets what is known of a key. */
  forget(key: string): void {
    clearTimeout(this.#timers.get(key)?.timer);
    this.#timers.delete(key);
    this.#failures.delete(key);
  }

  /** Takes no more work and resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#waiting.clear();
    this.#again.clear();
    if (this.#active.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #pump(): void {
    for (const key of this.#waiting) {
      if (this.#active.size >= this.#options.concurrency) return;
      this.#waiting.delete(key);
      this.#active.add(key);
      void this.#process(key);
    }
  }

  async #process(key: string): Promise<void> {
    try {
      await this.#options.work(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      this.#options.onError(key, error);
      this.addAt(key, this.#options.now() + Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS));
    }
    this.#active.delete(key);
    if (this.#again.delete(key) && !this.#stopped) this.#waiting.add(key);
    if (this.#active.size === 0) this.#idle?.();
    this.#pump();
  }
}
