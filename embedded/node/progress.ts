// Progress of long work: its type, and its sum over the parts of the work.

/**
 * Reports progress: a text for people, and the completed fraction, from 0 to 1, where it is known. A call
 * without `done` leaves the fraction as it was.
 */
export type Progress = (text: string, done?: number) => void;

/** A part of some work. */
interface Part {
  /** Its share of the whole work, in any unit that all parts have in common. */
  weight: number;
  /** From 0 to 1. */
  done: number;
  /** Its last message, only while it runs. */
  text?: string;
}

/** Combines the progress of the parts of one piece of work. */
export class CombinedProgress {
  readonly #parts: Map<string, Part>;
  readonly #show: Progress;

  /** `weights`: each part's share of the whole work, by its name. */
  constructor(show: Progress, weights: Readonly<Record<string, number>>) {
    this.#show = show;
    this.#parts = new Map(Object.entries(weights).map(([name, weight]) => [name, { weight, done: 0 }]));
  }

  /** Runs a part and shows its last message while it runs. A part without a weight does not count towards the fraction. */
  async run<T>(name: string, step: (progress: Progress) => Promise<T>): Promise<T> {
    const part = this.#parts.get(name) ?? { weight: 0, done: 0 };
    this.#parts.set(name, part);
    try {
      const result = await step((text, done = part.done) => {
        part.text = text.startsWith(name) ? text : `${name}: ${text}`;
        part.done = done;
        this.#tell();
      });
      part.done = 1;
      return result;
    } finally {
      delete part.text;
      this.#tell();
    }
  }

  #tell(): void {
    const parts = [...this.#parts.values()];
    const total = parts.reduce((sum, { weight }) => sum + weight, 0);
    const done = parts.reduce((sum, part) => sum + part.weight * part.done, 0);
    const texts = parts.flatMap(({ text }) => text ?? []);
    this.#show(texts.join(" · "), total === 0 ? undefined : done / total);
  }
}
