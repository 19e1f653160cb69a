// Keeps label values few: what tenants name must not make a new time series for each workload.

/** What stands for values that are not told apart. */
export const OTHER = "other";

/** Tells the first so many values apart, for as long as the process runs; all later ones are {@link OTHER}. */
export class LabelValues {
  readonly #known = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#max) return OTHER;
    this.#known.add(value);
    return value;
  }
}
