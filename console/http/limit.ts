// How many requests somebody may send: a bucket of tokens for each key, filled evenly over a minute.

const MINUTE_MS = 60_000;

export class RateLimit {
  readonly #perMinute: number;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Takes one request of the key; seconds to wait where it has none left, else undefined. */
  take(key: string, now = performance.now()): number | undefined {
    const bucket = this.#buckets.get(key) ?? { left: this.#perMinute, at: now };
    const perMs = this.#perMinute / MINUTE_MS;
    const left = Math.min(this.#perMinute, bucket.left + (now - bucket.at) * perMs);
    this.#forgetFull(now);
    if (left < 1) {
      this.#buckets.set(key, { left, at: now });
      return Math.ceil((1 - left) / perMs / 1000);
    }
    this.#buckets.delete(key);
    this.#buckets.set(key, { left: left - 1, at: now });
    return undefined;
  }

  /** Buckets that nobody has taken from for a minute are full again; the map has the oldest first. */
  #forgetFull(now: number): void {
    for (const [key, { at }] of this.#buckets) {
      if (now - at < MINUTE_MS) return;
      this.#buckets.delete(key);
    }
  }
}
