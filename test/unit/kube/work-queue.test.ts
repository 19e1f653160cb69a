// The work queue: each key once, later when told so, slower after failures, groups in turn.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FairList } from "../../../kube/controller/fair-list.ts";
import { namespaceOf } from "../../../kube/controller/object.ts";
import { WorkQueue } from "../../../kube/controller/work-queue.ts";
import { eventually } from "./fake-api.ts";

describe("the work queue", () => {
  const queues: WorkQueue[] = [];
  const make = (options = {}) => {
    const queue = new WorkQueue(options);
    queues.push(queue);
    return queue;
  };
  afterEach(() => {
    for (const queue of queues.splice(0)) queue.stop();
  });

  it("gives each key once however often it is added, and again if it is added meanwhile", async () => {
    const queue = make();
    const processed: string[] = [];
    for (const key of ["a", "b", "a", "a"]) queue.add(key);
    expect(queue.depth).toBe(2);
    void queue.run(1, async (key) => {
      processed.push(key);
      if (key === "a" && processed.length === 1) queue.add("a");
    });
    await eventually(() => processed.length === 3);
    expect(processed).toEqual(["a", "b", "a"]);
  });

  it("waits as long as a server asks, but not for days", () => {
    const queue = make();
    expect(queue.retry("a", 60_000)).toBe(60_000);
    expect(queue.retry("b", 86_400_000)).toBe(300_000);
  });

  it("never gives one key to two workers", async () => {
    const queue = make();
    let now = 0;
    let most = 0;
    let count = 0;
    void queue.run(8, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now--;
      if (++count < 20) queue.add("a");
    });
    queue.add("a");
    const adding = setInterval(() => queue.add("a"), 1);
    await eventually(() => count >= 20);
    clearInterval(adding);
    expect(most).toBe(1);
  });

  it("works on several keys side by side", async () => {
    const queue = make();
    let now = 0;
    let most = 0;
    let processed = 0;
    void queue.run(4, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 10));
      now--;
      processed++;
    });
    for (let i = 0; i < 8; i++) queue.add(String(i));
    await eventually(() => processed === 8);
    expect(most).toBe(4);
  });

  it("doubles the wait with each retry in a row, waits at least the given time, and forgets", () => {
    const queue = make({ baseMs: 10, maxMs: 50, random: () => 0.5 });
    expect([1, 2, 3, 4, 5].map(() => queue.retry("a"))).toEqual([10, 20, 40, 50, 50]);
    expect(queue.failures("a")).toBe(5);
    queue.forget("a");
    expect(queue.retry("a", 500)).toBe(500);
  });

  it("takes the shortest of several waits", async () => {
    const queue = make();
    const processed: number[] = [];
    const started = Date.now();
    void queue.run(1, async () => void processed.push(Date.now() - started));
    queue.addAfter("a", 10_000);
    queue.addAfter("a", 20);
    queue.addAfter("a", 5_000);
    await eventually(() => processed.length === 1);
    expect(processed[0]).toBeLessThan(2_000);
  });

  it("ends its workers, and takes no more keys", async () => {
    const queue = make();
    const run = queue.run(3, async () => {});
    queue.stop();
    await run;
    queue.add("a");
    queue.addAfter("a", 1);
    expect(queue.depth).toBe(0);
  });

  it("says how many keys wait and how many are handled, and ends with the last handler", async () => {
    const queue = make();
    let release = () => {};
    let hasEnded = false;
    const run = queue.run(1, async () => {
      await new Promise<void>((resolve) => (release = resolve));
      hasEnded = true;
    });
    for (const key of ["a", "b"]) queue.add(key);
    await eventually(() => queue.busy === 1);
    expect([queue.depth, queue.busy]).toEqual([1, 1]);
    queue.stop();
    release();
    await run;
    expect([hasEnded, queue.busy]).toEqual([true, 0]);
  });

  it("has namespaces take turns if they are its groups, and else keeps the order of the keys", async () => {
    const keys = ["a/1", "a/2", "a/3", "b/1"];
    for (const [options, order] of [
      [{ groupOf: namespaceOf }, ["a/1", "b/1", "a/2", "a/3"]],
      [{}, keys],
    ] as const) {
      const queue = make(options);
      const processed: string[] = [];
      for (const key of keys) queue.add(key);
      void queue.run(1, async (key) => void processed.push(key));
      await eventually(() => processed.length === keys.length);
      expect(processed).toEqual(order);
    }
  });

  it("lets all other keys go before those that are deferred, each of which comes once, in the order of arrival", async () => {
    const queue = make({ groupOf: namespaceOf });
    const processed: string[] = [];
    for (const key of ["a/1", "b/1", "a/1"]) queue.defer(key);
    for (const key of ["a/2", "a/3", "b/2"]) queue.add(key);
    expect([queue.depth, queue.deferred]).toEqual([3, 2]);
    void queue.run(1, async (key) => {
      processed.push(key);
      // Work that comes up meanwhile goes first, too; a deferred key that is added is no longer deferred.
      if (key === "a/1") for (const other of ["c/1", "b/1"]) queue.add(other);
    });
    await eventually(() => processed.length === 6);
    expect(processed).toEqual(["a/2", "b/2", "a/3", "a/1", "c/1", "b/1"]);
    expect([queue.depth, queue.deferred]).toEqual([0, 0]);
  });

  it("gives a deferred key to an idle worker, but not while another one is handling it", async () => {
    const queue = make();
    const events: string[] = [];
    void queue.run(2, async (key) => {
      events.push(`begin ${key}`);
      if (events.length === 1) queue.defer(key);
      await new Promise((resolve) => setTimeout(resolve, 5));
      events.push(`end ${key}`);
    });
    await new Promise((resolve) => setImmediate(resolve));
    queue.defer("a");
    await eventually(() => events.length === 4);
    expect(events).toEqual(["begin a", "end a", "begin a", "end a"]);
  });

  describe("in time", () => {
    beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
    afterEach(() => void vi.useRealTimers());

    it("says for how long the key has waited that has waited longest", async () => {
      const queue = make();
      expect(queue.oldestMs).toBe(0);
      queue.add("a");
      await vi.advanceTimersByTimeAsync(300);
      queue.add("b");
      await vi.advanceTimersByTimeAsync(200);
      expect(queue.oldestMs).toBe(500);
      void queue.run(1, (key) => new Promise((resolve) => setTimeout(resolve, key === "a" ? 100 : 0)));
      await vi.advanceTimersByTimeAsync(50);
      expect(queue.oldestMs).toBe(250);
      await vi.advanceTimersByTimeAsync(100);
      expect(queue.oldestMs).toBe(0);
    });

    it("forgets the wait of a dropped key", async () => {
      const queue = make();
      const processed: string[] = [];
      void queue.run(1, async (key) => void processed.push(key));
      queue.addAfter("gone", 100);
      queue.addAfter("a", 100);
      queue.drop("gone");
      await vi.advanceTimersByTimeAsync(1_000);
      expect(processed).toEqual(["a"]);
    });

    it("lets others go before a deferred key for so long, and then has it wait its turn", async () => {
      const queue = make({ deferMs: 100 });
      const processed: string[] = [];
      queue.defer("deferred");
      for (let i = 1; i <= 30; i++) queue.add(`key ${i}`);
      void queue.run(1, async (key) => {
        processed.push(key);
        await new Promise((resolve) => setTimeout(resolve, 10));
        // There is always another key.
        queue.add(`key ${processed.length + 30}`);
      });
      await vi.advanceTimersByTimeAsync(1_000);
      const before = processed.indexOf("deferred");
      expect(before).toBeGreaterThan(10);
      // After those that waited when its time was over.
      expect(before).toBeLessThanOrEqual(42);
    });

    it("refuses a wait that isn't a number, and keeps the key's earlier wait", async () => {
      const queue = make();
      const processed: number[] = [];
      void queue.run(1, async () => void processed.push(Date.now()));
      queue.addAfter("k", 4_000);
      for (const wait of [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
        expect(() => queue.addAfter("k", wait)).toThrow(RangeError);
      await vi.advanceTimersByTimeAsync(100_000);
      expect(processed).toEqual([5_000]);
      queue.addAfter("far", 2 ** 33);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(processed).toEqual([5_000]);
    });
  });
});

describe("keys that wait in groups", () => {
  const groupOf = (key: string) => key[0] ?? "";

  it("take turns by group, each group in the order of arrival", () => {
    const list = new FairList(groupOf);
    for (const key of ["a1", "a2", "a3", "b1", "c1", "c2"]) list.push(key);
    const shifted = Array.from({ length: 6 }, () => list.shift());
    expect(shifted).toEqual(["a1", "b1", "c1", "a2", "c2", "a3"]);
    expect([list.shift(), list.size]).toEqual([undefined, 0]);
  });

  it("come out once each, and no group waits longer than one turn of the others", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat(99)), { maxLength: 60 }), (pairs) => {
        const keys = pairs.map(([group, number], i) => `${group}${number}-${i}`);
        const list = new FairList(groupOf);
        for (const key of keys) list.push(key);
        const order = keys.map(() => list.shift() ?? "");
        expect([...order].sort()).toEqual([...keys].sort());
        for (const [i, key] of order.entries()) {
          const next = order.findIndex((other, j) => j > i && groupOf(other) === groupOf(key));
          if (next >= 0) expect(next - i).toBeLessThanOrEqual(4);
        }
      }),
    );
  });
});
