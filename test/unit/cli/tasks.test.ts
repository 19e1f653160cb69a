// The progress of steps, as `make up` prints it.
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { bar, describe as inWords, runSteps } from "../../../embedded/cli/tasks.ts";

describe("a stage in words", () => {
  it.each([
    [0.5, 60_000, "50 %, about 1 min left, kube"],
    [0.25, 120_000, "25 %, about 6 min left, kube"],
    [0.9, 60_000, "90 %, less than a minute left, kube"],
    [0.01, 60_000, "1 %, kube"],
    [1, 60_000, "100 %, kube"],
    [undefined, 60_000, "kube"],
  ])("of which %s is done after %i ms is: %s", (done, elapsed, text) => {
    expect(inWords("kube", done, elapsed)).toBe(text);
  });

  it("has a bar that is as wide whatever is done", () => {
    fc.assert(fc.property(fc.double({ min: -1, max: 2, noNaN: true }), (done) => [...bar(done)].length === 26));
    expect([bar(0), bar(1)]).toEqual([`[${"░".repeat(24)}]`, `[${"█".repeat(24)}]`]);
  });
});

describe("steps on a plain log", () => {
  it("are one line each, and one more for each minute that they run", async () => {
    vi.useFakeTimers({ now: 0 });
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line.slice(10)));
    const isTTY = process.stdout.isTTY;
    process.stdout.isTTY = false;
    try {
      const run = runSteps([
        {
          title: "Long",
          run: async (say) => {
            for (let second = 0; second < 150; second++) {
              say(`compiling ${second}`, second / 150);
              await new Promise((resolve) => setTimeout(resolve, 1000));
            }
            return "all there";
          },
        },
        { title: "Short", run: async (say) => void say("at once") as undefined },
      ]);
      await vi.advanceTimersByTimeAsync(151_000);
      await run;
    } finally {
      process.stdout.isTTY = isTTY;
      log.mockRestore();
      vi.useRealTimers();
    }
    expect(lines).toEqual([
      "Long: 39 %, about 2 min left, compiling 59",
      "Long: 79 %, less than a minute left, compiling 119",
      "Long: all there (150.0 s)",
      "Short: done (0.0 s)",
    ]);
  });
});
