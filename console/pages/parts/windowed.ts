// A list that scrolls with the window, of which only the rows on the screen are drawn.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Range, visibleRange } from "./visible-range.ts";

/** The range of a list that scrolls with the window, and a reference for its element. */
export function useWindowed<E extends HTMLElement>(count: number, rowHeight: number) {
  const element = useRef<E>(null);
  const [range, setRange] = useState<Range>({ first: 0, end: Math.min(count, 40) });
  useLayoutEffect(() => {
    let asked = 0;
    const measure = () => {
      asked = 0;
      if (!element.current) return;
      const { top } = element.current.getBoundingClientRect();
      const next = visibleRange({ top, height: innerHeight, rowHeight, count });
      setRange((before) => (before.first === next.first && before.end === next.end ? before : next));
    };
    // At most once a frame.
    const ask = () => {
      asked ||= requestAnimationFrame(measure);
    };
    measure();
    addEventListener("scroll", ask, { passive: true });
    addEventListener("resize", ask);
    return () => {
      removeEventListener("scroll", ask);
      removeEventListener("resize", ask);
      cancelAnimationFrame(asked);
    };
  }, [count, rowHeight]);
  return { element, ...range, end: Math.min(range.end, count) };
}
