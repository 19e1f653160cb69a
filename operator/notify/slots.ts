// Who may deliver now: so many at once altogether and of one tenant, tenants in turn, and first tries before later ones.

interface Waiting {
  rank: number;
  start: () => Promise<void>;
}

export interface SlotOptions {
  /** Tasks at once. */
  total: number;
  /** Tasks of one tenant at once: one with dead receivers must not hold up the others. */
  perTenant: number;
}

/** Runs tasks as slots come free. A task that only waits for its next try is not to be here. */
export class TenantSlots {
  readonly #options: SlotOptions;
  /** By tenant, in the order in which they take their turn. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #running = new Map<string, number>();
  #busy = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  /** Runs the task, which must not throw, when its turn comes: of one tenant's tasks those of the least rank first. */
  run(tenant: string, rank: number, start: () => Promise<void>): void {
    const queue = this.#waiting.get(tenant) ?? [];
    const place = queue.findIndex((other) => other.rank > rank);
    queue.splice(place < 0 ? queue.length : place, 0, { rank, start });
    this.#waiting.set(tenant, queue);
    this.#fill();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting.clear();
  }

  #fill(): void {
    while (this.#busy < this.#options.total) {
      const tenant = [...this.#waiting.keys()].find((name) => this.#of(name) < this.#options.perTenant);
      if (tenant === undefined) return;
      const queue = this.#waiting.get(tenant) ?? [];
      const next = queue.shift();
      // To the end of the row.
      this.#waiting.delete(tenant);
      if (queue.length > 0) this.#waiting.set(tenant, queue);
      if (next) this.#start(tenant, next);
    }
  }

  #start(tenant: string, { start }: Waiting): void {
    this.#busy++;
    this.#running.set(tenant, this.#of(tenant) + 1);
    void start().finally(() => {
      this.#busy--;
      const left = this.#of(tenant) - 1;
      if (left > 0) this.#running.set(tenant, left);
      else this.#running.delete(tenant);
      this.#fill();
    });
  }

  #of(tenant: string): number {
    return this.#running.get(tenant) ?? 0;
  }
}
