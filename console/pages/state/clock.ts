// The present time, for ages and times left: one tick a second for the whole page, and none while nobody looks.
import { signal } from "@preact/signals";

/** Milliseconds since the epoch. */
export const now = signal(Date.now());

const TICK_MS = 1_000;

export function startClock(): void {
  const tick = () => {
    if (document.visibilityState === "visible") now.value = Date.now();
  };
  setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", tick);
}
