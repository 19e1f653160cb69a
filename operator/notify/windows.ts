// Holds messages to people together: the first goes to its receiver at once, what comes soon after goes as one.

export interface WindowOptions<T> {
  /** Milliseconds between two messages to a receiver. */
  windowMs: number;
  /** Sends these as one message. */
  flush: (items: T[]) => void;
}

/** So many a message is about at most; the rest goes with the next. */
const MOST = 200;

export class Windows<T> {
  readonly #options: WindowOptions<T>;
  /** By receiver: what waits for the end of its window. */
  readonly #open = new Map<string, { waiting: T[]; timer: NodeJS.Timeout }>();

  constructor(options: WindowOptions<T>) {
    this.#options = options;
  }

  add(receiver: string, item: T): void {
    const open = this.#open.get(receiver);
    if (open) {
      open.waiting.push(item);
      return;
    }
    this.#begin(receiver, []);
    this.#options.flush([item]);
  }

  /** Sends nothing more. */
  close(): void {
    for (const { timer } of this.#open.values()) clearTimeout(timer);
    this.#open.clear();
  }

  #begin(receiver: string, waiting: T[]): void {
    const timer = setTimeout(() => this.#end(receiver, waiting), this.#options.windowMs);
    this.#open.set(receiver, { waiting, timer });
  }

  #end(receiver: string, waiting: T[]): void {
    if (waiting.length === 0) {
      this.#open.delete(receiver);
      return;
    }
    const now = waiting.splice(0, MOST);
    this.#begin(receiver, waiting);
    this.#options.flush(now);
  }
}
