// Computes a value once, at its first use.

/** A function that calls `compute` at its first call, and returns the promise of that at each call. */
export function lazily<T>(compute: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= compute();
    return value;
  };
}
