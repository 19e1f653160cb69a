// Who gets the next free browser: each tenant has its share, and who has the fewest goes first.

/** A tenant has too many requests already. */
export class BusyError extends Error {
  override name = "BusyError";
}

export interface Limits {
  /** Browsers at once. */
  concurrency: number;
  /** Browsers at once of one tenant. */
  tenantConcurrency: number;
  /** Requests of one tenant that wait. */
  queue: number;
}

interface Waiting {
  tenant: string;
  start: () => void;
}

/** Who has how much, by tenant. */
export interface Usage {
  limits: Limits;
  /** Browsers in use. */
  running: ReadonlyMap<string, number>;
  /** Requests that wait. */
  waiting: ReadonlyMap<string, number>;
  /** Browsers given so far. */
  started: ReadonlyMap<string, number>;
}

/** Counts the browsers of each tenant. */
export class Shares {
  readonly #limits: Limits;
  readonly #running = new Map<string, number>();
  readonly #started = new Map<string, number>();
  #waiting: Waiting[] = [];

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Waits until the tenant may have a browser, and returns what gives it back, once however often it is called. Throws a {@link BusyError}
   * where too many of the tenant's requests wait, and the signal's reason once it is aborted.
   */
  async take(tenant: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const queued = this.#waiting.filter((other) => other.tenant === tenant).length;
    if (queued >= this.#limits.queue && !this.#mayStart(tenant))
      throw new BusyError(
        `${tenant} has ${this.#of(tenant)} browsers and ${queued} requests that wait: its share. Try again later`,
      );
    const turn = Promise.withResolvers<void>();
    const waiting: Waiting = { tenant, start: turn.resolve };
    this.#waiting.push(waiting);
    const give = () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      turn.reject(signal.reason);
    };
    signal.addEventListener("abort", give, { once: true });
    this.#startNext();
    await turn.promise.finally(() => signal.removeEventListener("abort", give));
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#running.set(tenant, this.#of(tenant) - 1);
      this.#startNext();
    };
  }

  /** Who has how much at this moment. */
  usage(): Usage {
    const waiting = new Map<string, number>();
    for (const { tenant } of this.#waiting) waiting.set(tenant, (waiting.get(tenant) ?? 0) + 1);
    return { limits: this.#limits, running: new Map(this.#running), waiting, started: new Map(this.#started) };
  }

  #of(tenant: string): number {
    return this.#running.get(tenant) ?? 0;
  }

  #mayStart(tenant: string): boolean {
    const all = [...this.#running.values()].reduce((sum, count) => sum + count, 0);
    return all < this.#limits.concurrency && this.#of(tenant) < this.#limits.tenantConcurrency;
  }

  /** Starts the first request of the tenant with the fewest browsers, as long as there are browsers left. */
  #startNext(): void {
    for (;;) {
      const able = this.#waiting.filter(({ tenant }) => this.#mayStart(tenant));
      const [next] = able.sort((a, b) => this.#of(a.tenant) - this.#of(b.tenant));
      if (!next) return;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.#running.set(next.tenant, this.#of(next.tenant) + 1);
      this.#started.set(next.tenant, (this.#started.get(next.tenant) ?? 0) + 1);
      next.start();
    }
  }
}
