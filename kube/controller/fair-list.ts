// A list of waiting keys whose groups take turns: a group with thousands of keys delays only itself.

/** A first-in-first-out list of each group; `shift` takes the next key of the next group, round and round. */
export class FairList {
  /** In the order of their turns; no list is empty. */
  readonly #groups = new Map<string, string[]>();
  readonly #groupOf: (key: string) => string;
  #size = 0;

  constructor(groupOf: (key: string) => string) {
    this.#groupOf = groupOf;
  }

  get size(): number {
    return this.#size;
  }

  push(key: string): void {
    const group = this.#groupOf(key);
    const list = this.#groups.get(group);
    if (list) list.push(key);
    else this.#groups.set(group, [key]);
    this.#size++;
  }

  shift(): string | undefined {
    for (const [group, list] of this.#groups) {
      const key = list.shift();
      this.#size--;
      // The group's next turn is after all others'.
      this.#groups.delete(group);
      if (list.length > 0) this.#groups.set(group, list);
      return key;
    }
    return undefined;
  }
}
