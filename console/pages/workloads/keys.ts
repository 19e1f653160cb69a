// Where the keys lead in the list.

/** Rows that Page Up and Page Down go. */
const PAGE = 10;

/** Where a key leads from a row, or undefined where it isn't for the list. */
export function targetOf(key: string, index: number, count: number): number | undefined {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = steps[key];
  return step === undefined ? undefined : Math.min(Math.max(index + step, 0), count - 1);
}
