// Which of many rows of one height the window shows, and some above and below.

/** Rows that are drawn beyond each edge of the screen. */
const MARGIN = 8;

export interface Range {
  first: number;
  end: number;
}

/** The rows from `first` up to `end` that the window of `height` pixels shows, where the list begins `top` pixels below its edge. */
export function visibleRange(place: { top: number; height: number; rowHeight: number; count: number }): Range {
  const { top, height, rowHeight, count } = place;
  const first = Math.max(0, Math.floor(-top / rowHeight) - MARGIN);
  const end = Math.min(count, Math.ceil((height - top) / rowHeight) + MARGIN);
  return { first: Math.min(first, count), end: Math.max(end, 0) };
}
