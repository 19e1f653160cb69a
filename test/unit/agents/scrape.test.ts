// What a job's pages may weigh together.

import { targetPages } from "@agentic/api/batches.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countsOf, roomFor, withinTotal } from "../../../agents/steps/scrape.ts";

const pagesOf = (sizes: number[]) => sizes.map((bytes, n) => ({ n, url: `http://x/${n}`, bytes }));

describe("withinTotal", () => {
  test("the largest page gives way, and says so", () =>
    expect(withinTotal(pagesOf([400_000, 3_000_000, 500_000]), 1_000_000)).toEqual([
      { n: 0, url: "http://x/0", bytes: 400_000 },
      { n: 1, url: "http://x/1", error: "with it, all pages together would be larger than 977 KiB" },
      { n: 2, url: "http://x/2", bytes: 500_000 },
    ]));
  test("keeps order and failures, stays within the limit, and drops none that is smaller than one it keeps", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000)), fc.nat(5_000), (sizes, max) => {
        const failure = { n: sizes.length, url: "http://x/gone", error: "HTTP 404" };
        const kept = withinTotal([...pagesOf(sizes), failure], max);
        expect(kept.map(({ n }) => n)).toEqual([...sizes.keys(), sizes.length]);
        expect(kept.at(-1)).toBe(failure);
        const remaining = sizes.filter((_, n) => kept[n] && "bytes" in kept[n]);
        const dropped = sizes.filter((_, n) => kept[n] && "error" in kept[n]);
        expect(remaining.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(max);
        expect(Math.max(0, ...remaining)).toBeLessThanOrEqual(Math.min(Number.POSITIVE_INFINITY, ...dropped));
      }),
    );
  });
});

describe("roomFor", () => {
  test("bounds what a checkpoint holds, and leaves out no page that the total has room for when all are taken", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { maxLength: 100 }), (sizes) => {
        const hasRoom = roomFor(5_000);
        const fitting = sizes.filter((bytes) => hasRoom(bytes));
        expect(fitting.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(15_000);
        for (const bytes of sizes.filter((size) => size <= 50)) expect(fitting).toContain(bytes);
        if (sizes.reduce((sum, bytes) => sum + bytes, 0) <= 5_000) expect(fitting).toEqual(sizes);
      }),
    );
    const hasRoom = roomFor(1_000);
    expect([500, 500, 600, 400].map((bytes) => hasRoom(bytes))).toEqual([true, true, false, true]);
  });
});

test("a page that is named twice is fetched once", () =>
  expect(targetPages(["http://x/a", "http://x/a#b", "http://X/a", "http://x/"])).toEqual([
    { n: 0, url: "http://x/a" },
    { n: 3, url: "http://x/" },
  ]));

test("pages are counted by what became of them, and those that robots.txt keeps out apart", () => {
  const page = { finalUrl: "", redirects: [], status: 200, contentType: "text/html", fetchedAt: "", html: "" };
  const counts = countsOf([
    { n: 0, url: "http://x/0", bytes: 10, ...page },
    { n: 1, url: "http://x/1", bytes: 32, ...page },
    { n: 2, url: "http://x/2", error: "HTTP 404 Not Found" },
    { n: 3, url: "http://x/3", error: "robots.txt of x disallows it" },
    { n: 4, url: "http://x/4", error: "nothing of http://x is read for now: robots.txt: HTTP 503", transient: true },
  ]);
  expect(counts).toEqual({ read: 2, failed: 3, disallowed: 2, bytes: 42 });
});
