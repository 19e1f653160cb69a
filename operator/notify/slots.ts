// Limits how many deliveries run at once, in total and per tenant: tenants take turns, and first tries go before retries.

interface Waiting {
  rank: number;
  start: () => Promise<void>;
}

export interface SlotOptions {
  /** Tasks at once. */
  total: number;
  /** Tasks of one tenant at once, so that a tenant with dead receivers can't delay the others. */
  perTenant: number;
}

/** Runs tasks as slots become free. A task that only waits for its next try must not occupy a slot. */
export class TenantSlots {
  readonly #options: SlotOptions;
  /** By tenant, in the order of their turns. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #running = new Map<string, number>();
  #busy = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  /** Runs the task, which must not throw, when its turn comes; a tenant's tasks of lower rank go first. */
  run(tenant: string, rank: number, start: () => Promise<void>): void {
    const queue = this.#waiting.get(tenant) ?? [];
    const place = queue.findIndex((other) => other.rank > rank);
    queue.splice(place < 0 ? queue.length : place, 0, { rank, start });
    this.#waiting.set(tenant, queue);
    this.#fill();
  }

  /** Drops the tasks that wait. */
  clear(): void {
    this.#waiting.clear();
  }

  #fill(): void {
    while (this.#busy < this.#options.total) {
      const tenant = [...this.#waiting.keys()].find((name) => this.#runningOf(name) < this.#options.perTenant);
      if (tenant === undefined) return;
      const queue = this.#waiting.get(tenant) ?? [];
      const next = queue.shift();
      // The tenant goes to the end of the turns.
      this.#waiting.delete(tenant);
      if (queue.length > 0) this.#waiting.set(tenant, queue);
      if (next) this.#start(tenant, next);
    }
  }

  #start(tenant: string, { start }: Waiting): void {
    this.#busy++;
    this.#running.set(tenant, this.#runningOf(tenant) + 1);
    void start().finally(() => {
      this.#busy--;
      const left = this.#runningOf(tenant) - 1;
      if (left > 0) this.#running.set(tenant, left);
      else this.#running.delete(tenant);
      this.#fill();
    });
  }

  #runningOf(tenant: string): number {
    return this.#running.get(tenant) ?? 0;
  }
}
