// Lazy values: computed once, at the first use.

/** A function that returns the promise of the first call of `compute` each time it is called. */
export function lazily<T>(compute: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= compute();
    return value;
  };
}
