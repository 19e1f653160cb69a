// A step carries on from its checkpoints and does nothing twice.
import { MemorySaver } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { InterruptedError, TransientError } from "../../../agents/core/errors.ts";
import { runWork, type Work } from "../../../agents/core/graph.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const output = (sum: string) => ({
  artifacts: [{ name: "sum", uri: `s3://bucket/${sum}`, digest: `sha256:${"0".repeat(64)}`, bytes: 1 }],
});

function setup(
  perItem: (item: number) => Promise<number>,
  { items = [1, 2, 3, 4], isFinal = (_: number): boolean => true, beforeFinish = async () => {} } = {},
) {
  const calls: string[] = [];
  const work: Work<number, number> = {
    load: async () => {
      calls.push("load");
      return items;
    },
    each: (item) => {
      calls.push(`each ${item}`);
      return perItem(item);
    },
    finish: async (results) => {
      calls.push("finish");
      await beforeFinish();
      return output(`${results.join("+")}=${results.reduce((sum, value) => sum + value, 0)}`);
    },
    isFinal,
  };
  const saver = new MemorySaver();
  const beginnings: string[] = [];
  const run = (more: object = {}) =>
    runWork(work, saver, { threadId: "t/run/step", input: "i1", concurrency: 2, ...more }, (beginning) =>
      beginnings.push(beginning),
    );
  return { calls, beginnings, run };
}

const result = { output: output("10+20+30+40=100"), isComplete: true };

describe("runWork", () => {
  test("does every item once, in order of the result", async () => {
    const { calls, run } = setup(async (item) => {
      await pause(item === 1 ? 20 : 1);
      return item * 10;
    });
    expect(await run()).toEqual(result);
    expect(calls.filter((call) => call.startsWith("each"))).toHaveLength(4);
    expect(calls.at(-1)).toBe("finish");
  });

  test("no more items at a time than allowed", async () => {
    let current = 0;
    let highest = 0;
    const { run } = setup(async (item) => {
      highest = Math.max(highest, ++current);
      await pause(5);
      current--;
      return item;
    });
    for (const concurrency of [1, 2]) {
      await run({ concurrency, threadId: `t/${concurrency}` });
      expect(highest).toBe(concurrency);
    }
  });

  test("nothing to do is no error", async () => {
    const { run, calls } = setup(async (item) => item, { items: [] });
    await run();
    expect(calls).toEqual(["load", "finish"]);
  });

  test.each([1, 2, 4])("after an error, %i at a time, only what was not done is done", async (concurrency) => {
    let fails = true;
    const { calls, beginnings, run } = setup(async (item) => {
      if (item === 2 && fails) {
        await pause(5);
        throw new TransientError("away");
      }
      await pause(15);
      return item * 10;
    });
    await expect(run({ concurrency })).rejects.toThrow("away");
    fails = false;
    expect(await run({ concurrency })).toEqual(result);
    expect(beginnings).toEqual(["fresh", "resumed"]);
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
    const { calls, beginnings, run } = setup(async (item) => item * 10);
    await run();
    const before = calls.length;
    expect(await run()).toEqual(result);
    expect(calls).toHaveLength(before);
    expect(beginnings).toEqual(["fresh", "done"]);
  });

  test("other input begins afresh", async () => {
    const { beginnings, run } = setup(async (item) => item * 10);
    await run();
    await run({ input: "i2" });
    expect(beginnings).toEqual(["fresh", "fresh"]);
  });

  describe("an item that is not done for good", () => {
    /** Item 2 comes out as -1 until it is up. */
    function flaky(beforeFinish: () => Promise<void>) {
      const site = { up: false };
      const work = async (item: number) => {
        await pause(item);
        return item === 2 && !site.up ? -1 : item * 10;
      };
      return { site, ...setup(work, { isFinal: (value) => value !== -1, beforeFinish }) };
    }
    const count = (calls: string[], expectedCall: string) => calls.filter((call) => call === expectedCall).length;

    test("counts for its attempt, which says that it is not complete", async () => {
      const { calls, run } = flaky(async () => {});
      expect(await run()).toEqual({ output: output("10+-1+30+40=79"), isComplete: false });
      expect(count(calls, "each 2")).toBe(1);
    });

    test("is done again by the attempt after one that failed at its end, and it alone", async () => {
      let failures = 2;
      const { calls, beginnings, run, site } = flaky(async () => {
        if (failures-- > 0) throw new TransientError("nothing came");
      });
      await expect(run()).rejects.toThrow("nothing came");
      await expect(run()).rejects.toThrow("nothing came");
      expect(count(calls, "each 2")).toBe(2);
      site.up = true;
      expect(await run()).toEqual(result);
      expect(beginnings).toEqual(["fresh", "resumed", "resumed"]);
      expect([1, 2, 3, 4].map((item) => count(calls, `each ${item}`))).toEqual([1, 3, 1, 1]);
    });

    test("is done again by the attempt after one that was interrupted among the items", async () => {
      const interrupt = new AbortController();
      const { site, calls, run } = flaky(async () => {});
      const first = run({ concurrency: 1, signal: interrupt.signal });
      while (count(calls, "each 3") === 0) await pause(1);
      interrupt.abort();
      await expect(first).rejects.toThrow(InterruptedError);
      site.up = true;
      expect(await run()).toEqual(result);
      expect([1, 2, 3, 4].map((item) => count(calls, `each ${item}`))).toEqual([1, 2, 1, 1]);
    });
  });
});
