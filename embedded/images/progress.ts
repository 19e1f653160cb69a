// Says how far several things at once are, in one line.

/** Takes how far the work is, in a few words. */
export type Progress = (text: string) => void;

/** Named steps that run side by side and are told as one text. */
export class Board {
  readonly #steps = new Map<string, string>();
  readonly #show: Progress;
  #done = 0;

  constructor(show: Progress) {
    this.#show = show;
  }

  /** Runs a step; it is shown with what it last said, as long as it runs. */
  async run<T>(name: string, step: (progress: Progress) => Promise<T>): Promise<T> {
    try {
      return await step((text) => {
        this.#steps.set(name, text);
        this.#tell();
      });
    } finally {
      this.#steps.delete(name);
    }
  }

  /** An image more is finished. */
  finished(total: number): void {
    this.#show(`${++this.#done} of ${total} images are ready`);
    if (this.#steps.size > 0) this.#tell();
  }

  #tell(): void {
    this.#show([...this.#steps].map(([name, text]) => (text.startsWith(name) ? text : `${name}: ${text}`)).join(" · "));
  }
}

/** Lets at most `size` tasks run at once; the others wait in their order. */
export function limit(size: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= size) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      // Who waited takes the place over, so that nobody who comes now can slip in between.
      if (next) next();
      else running--;
    }
  };
}
