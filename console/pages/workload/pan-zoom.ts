// Moves and scales a picture by pointer, wheel and keys.
import { useEffect, useRef, useState } from "preact/hooks";
import { fitting, type View, zoomed } from "./view.ts";

const STEP = 1.2;
/** Pixels that an arrow key moves. */
const MOVE = 60;

/** The view of a picture of this size, a reference for its frame, and what changes it. */
export function usePanZoom(picture: { width: number; height: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  const drag = useRef<{ x: number; y: number } | undefined>(undefined);

  const size = () => ({ width: frame.current?.clientWidth || 1, height: frame.current?.clientHeight || 1 });
  const fit = () => setView(fitting(picture, size()));
  const zoom = (factor: number) => {
    const { width, height } = size();
    setView((before) => zoomed(before, factor, { x: width / 2, y: height / 2 }));
  };

  useEffect(() => {
    fit();
    addEventListener("resize", fit);
    return () => removeEventListener("resize", fit);
  }, [picture.width, picture.height]);

  useEffect(() => {
    const element = frame.current;
    // With a key held: the wheel alone scrolls the page, as everywhere.
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      setView((before) => zoomed(before, event.deltaY < 0 ? STEP : 1 / STEP, at));
    };
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => element?.removeEventListener("wheel", wheel);
  }, []);

  const handlers = {
    onPointerDown: (event: PointerEvent) => {
      if ((event.target as Element).closest("button")) return;
      drag.current = { x: event.clientX, y: event.clientY };
      frame.current?.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      const from = drag.current;
      if (!from) return;
      drag.current = { x: event.clientX, y: event.clientY };
      setView((now) => ({ ...now, x: now.x + event.clientX - from.x, y: now.y + event.clientY - from.y }));
    },
    onPointerUp: () => {
      drag.current = undefined;
    },
    onKeyDown: (event: KeyboardEvent) => {
      const moves: Record<string, [number, number]> = {
        ArrowLeft: [MOVE, 0],
        ArrowRight: [-MOVE, 0],
        ArrowUp: [0, MOVE],
        ArrowDown: [0, -MOVE],
      };
      const move = moves[event.key];
      if (move) setView((now) => ({ ...now, x: now.x + move[0], y: now.y + move[1] }));
      else if (event.key === "+" || event.key === "=") zoom(STEP);
      else if (event.key === "-") zoom(1 / STEP);
      else if (event.key === "0") fit();
      else return;
      event.preventDefault();
    },
  };
  return { frame, view, handlers, fit, zoomIn: () => zoom(STEP), zoomOut: () => zoom(1 / STEP) };
}
