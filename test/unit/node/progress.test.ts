// The progress of several things that are done at once, as one share.
import { describe, expect, it } from "vitest";
import { CombinedProgress } from "../../../embedded/node/progress.ts";

describe("the progress of parts", () => {
  it("is told as what runs now and the part of the whole that is done, by weight", async () => {
    const reports: [string, number | undefined][] = [];
    const board = new CombinedProgress((text, share) => reports.push([text, share]), { a: 30, b: 10 });
    await board.run("a", async (task) => {
      task("working", 0.5);
      await board.run("b", async (report) => report("b: compiling"));
    });
    expect(reports).toEqual([
      ["a: working", 15 / 40],
      ["a: working · b: compiling", 15 / 40],
      ["a: working", 25 / 40],
      ["", 1],
    ]);
  });

  it("counts a part that fails as far as it came, and a part without a weight not at all", async () => {
    let last: number | undefined;
    const board = new CombinedProgress((_, share) => (last = share), { a: 1, b: 1 });
    await expect(
      board.run("a", async (report) => {
        report("half", 0.5);
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    await board.run("other", async (report) => report("unweighted", 1));
    expect(last).toBe(0.25);
  });
});
