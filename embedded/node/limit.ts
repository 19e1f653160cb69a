// Limits the number of tasks that run at once.

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
      // A waiting task takes over the slot, so that no new task gets it first.
      if (next) next();
      else running--;
    }
  };
}
