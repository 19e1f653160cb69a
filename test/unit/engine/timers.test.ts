// A timer is set to a moment that is one, for as long as timers can be.
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Queue } from "../../../embedded/engine/controller/queue.ts";
import { timerDelay } from "../../../embedded/engine/core/time.ts";

describe("a timer", () => {
  afterEach(() => void vi.useRealTimers());

  test("is neither negative nor longer than timers are, and never set to no moment", () => {
    fc.assert(
      fc.property(fc.double(), fc.double({ noNaN: true, min: 0, max: 8.64e15 }), (due, now) => {
        if (!Number.isFinite(due - now)) expect(() => timerDelay(due, now)).toThrow(RangeError);
        else expect(timerDelay(due, now)).toSatisfy((wait: number) => wait >= 0 && wait <= 2 ** 31 - 1);
      }),
    );
  });

  test("of the queue that can't be set makes no work, and keeps the one that was", async () => {
    vi.useFakeTimers({ now: 1_000 });
    const done: number[] = [];
    const queue = new Queue({ work: async () => void done.push(Date.now()), onError: () => undefined });
    queue.addAt("k", 5_000);
    for (const moment of [Number.NaN, Number.NEGATIVE_INFINITY])
      expect(() => queue.addAt("k", moment)).toThrow(RangeError);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(done).toEqual([5_000]);
    queue.addAt("far", 1_000 + 2 ** 33);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(done).toEqual([5_000]);
  });
});
