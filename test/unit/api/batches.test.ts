// How a run's pages are split into batches.
import { BATCH_PAGES, batchesOf, isBatch, pagesOfBatch, stepPart, targetPages } from "@agentic/api/batches.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const urls = (count: number) => Array.from({ length: count }, (_, n) => `http://x/${n}`);

describe("the batches of a run", () => {
  test.each<[number, string[]]>([
    [1, []],
    [BATCH_PAGES, []],
    [BATCH_PAGES + 1, ["0-9", "10-20"]],
    [60, ["0-19", "20-39", "40-59"]],
    [100, ["0-19", "20-39", "40-59", "60-79", "80-99"]],
  ])("of %i pages are %j", (count, batches) => {
    expect(batchesOf(urls(count))).toEqual(batches);
  });

  test("have each page once, none more than the most, and none nothing", () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(numbers, (pages) => {
        const targetUrls = pages.map((n) => `http://x/${n}`);
        const batches = batchesOf(targetUrls);
        const unsplit = targetPages(targetUrls).length <= BATCH_PAGES;
        expect(batches.length === 0).toBe(unsplit);
        if (unsplit) return;
        const split = batches.map((batch) => pagesOfBatch(targetUrls, batch));
        expect(split.flat()).toEqual(targetPages(targetUrls));
        const sizes = split.map(({ length }) => length);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(BATCH_PAGES);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("are named so that a key of an object may hold the name", () => {
    expect(["0-19", "7-7"].filter(isBatch)).toEqual(["0-19", "7-7"]);
    expect(["", "1", "01-2", "1-2/../x", "{{x}}", 3].filter(isBatch)).toEqual([]);
    expect(() => pagesOfBatch(urls(3), "../x")).toThrow(
      '"../x" doesn\'t name a batch: expected <first page>-<last page>',
    );
    expect([stepPart("scrape", "0-19"), stepPart("scrape"), stepPart("synthesis", "0-19")]).toEqual([
      "scrape/0-19",
      "scrape",
      "synthesis",
    ]);
  });
});
