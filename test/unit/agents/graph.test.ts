// A step carries on from its checkpoints and does nothing twice.
import { MemorySaver } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { InterruptedError, TransientError } from "../../../agents/core/errors.ts";
import { type Beginning, runWork, type Work } from "../../../agents/core/graph.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function setup(each: (item: number) => Promise<number>, items = [1, 2, 3, 4]) {
  const calls: string[] = [];
  const work: Work<number, number, string> = {
    load: async () => {
      calls.push("load");
      return items;
    },
    each: (item) => {
      calls.push(`each ${item}`);
      return each(item);
    },
    combine: async (done) => {
      calls.push("combine");
      return done.join("+");
    },
    finish: async (done, combined) => {
      calls.push("finish");
      return { artifacts: { sum: `s3://bucket/${combined}=${done.reduce((sum, one) => sum + one, 0)}` } };
    },
  };
  const saver = new MemorySaver();
  const began: Beginning[] = [];
  const run = (more: object = {}) =>
    runWork(
      work,
      saver,
      { threadId: "t/job/step", run: "r1", inputHash: "i1", reuse: false, concurrency: 2, ...more },
      (beginning) => began.push(beginning),
    );
  return { calls, began, run };
}

const result = { artifacts: { sum: "s3://bucket/10+20+30+40=100" } };

describe("runWork", () => {
  test("does every item once, in order of the result", async () => {
    const { calls, run } = setup(async (item) => {
      await pause(item === 1 ? 20 : 1);
      return item * 10;
    });
    expect(await run()).toEqual(result);
    expect(calls.filter((call) => call.startsWith("each"))).toHaveLength(4);
    expect(calls.slice(-2)).toEqual(["combine", "finish"]);
  });

  test("no more items at a time than allowed", async () => {
    let running = 0;
    let most = 0;
    const { run } = setup(async (item) => {
      most = Math.max(most, ++running);
      await pause(5);
      running--;
      return item;
    });
    for (const concurrency of [1, 2]) {
      await run({ concurrency, threadId: `t/${concurrency}` });
      expect(most).toBe(concurrency);
    }
  });

  test("nothing to do is no error", async () => {
    const { run, calls } = setup(async (item) => item, []);
    await run();
    expect(calls).toEqual(["load", "combine", "finish"]);
  });

  test.each([1, 2, 4])("after an error, %i at a time, only what was not done is done", async (concurrency) => {
    let broken = true;
    const { calls, began, run } = setup(async (item) => {
      if (item === 2 && broken) {
        await pause(5);
        throw new TransientError("away");
      }
      await pause(15);
      return item * 10;
    });
    await expect(run({ concurrency })).rejects.toThrow("away");
    broken = false;
    expect(await run({ concurrency })).toEqual(result);
    expect(began).toEqual(["fresh", "resumed"]);
    expect(calls.filter((call) => call === "load")).toHaveLength(1);
    const counts = [1, 2, 3, 4].map((item) => calls.filter((call) => call === `each ${item}`).length);
    expect(counts).toEqual([1, 2, 1, 1]);
  });

  test("a pod that has to go finishes what runs and starts nothing more", async () => {
    const interrupt = new AbortController();
    const { calls, run } = setup(async (item) => {
      if (item === 2) interrupt.abort();
      await pause(5);
      return item * 10;
    });
    await expect(run({ signal: interrupt.signal })).rejects.toThrow(InterruptedError);
    expect(calls).toEqual(["load", "each 1", "each 2"]);
    expect(await run()).toEqual(result);
    expect(calls.filter((call) => call.startsWith("each")).sort()).toEqual(["each 1", "each 2", "each 3", "each 4"]);
  });

  test("a step that is done gives its result again", async () => {
    const { calls, began, run } = setup(async (item) => item * 10);
    await run();
    const before = calls.length;
    expect(await run()).toEqual(result);
    expect(calls).toHaveLength(before);
    expect(began).toEqual(["fresh", "done"]);
  });

  test("another run, and other input, begin afresh", async () => {
    const { began, run } = setup(async (item) => item * 10);
    await run();
    await run({ run: "r2" });
    await run({ run: "r2", inputHash: "i2" });
    expect(began).toEqual(["fresh", "fresh", "fresh"]);
  });

  test("another run takes over what it may reuse, of the same input only", async () => {
    const { began, run } = setup(async (item) => item * 10);
    await run();
    await run({ run: "r2", reuse: true });
    await run({ run: "r2", reuse: true, inputHash: "i2" });
    expect(began).toEqual(["fresh", "done", "fresh"]);
  });
});
