// The list of workloads: what passes a filter, which rows are drawn, where keys lead.
import { describe, expect, test } from "vitest";
import type { WorkloadRow } from "../../../console/contract.ts";
import { visibleRange } from "../../../console/pages/parts/visible-range.ts";
import { targetOf } from "../../../console/pages/workloads/keys.ts";
import { addressOf, countByPhase, filterOf, passing } from "../../../console/pages/workloads/query.ts";

const HOUR = 3_600_000;
const row = (name: string, others: Partial<WorkloadRow> = {}): WorkloadRow => ({
  ...{ uid: name, namespace: "tenant-demo", name, template: "visual", objective: "Compare kettles", pages: 1 },
  ...{ phase: "Running", suspended: false, ending: false, steps: ["scrape"], says: "step scrape runs", attempt: 0 },
  createdAt: new Date(10 * HOUR).toISOString(),
  ...others,
});
const all = [
  row("a"),
  row("b", { namespace: "tenant-two", phase: "Failed", submittedBy: "sam" }),
  row("c", { template: "t" }),
];
const names = (address: Record<string, string>, now = 10 * HOUR) =>
  passing(all, filterOf(address), now).map(({ name }) => name);

describe("a filter", () => {
  test.each<[Record<string, string>, string[]]>([
    [{}, ["a", "b", "c"]],
    [{ q: "KETTLES sam" }, ["b"]],
    [{ tenant: "tenant-two" }, ["b"]],
    [{ template: "t" }, ["c"]],
    [{ age: "nonsense", phase: "Nonsense" }, ["a", "b", "c"]],
  ])("%j lets %j pass", (address, passes) => expect(names(address)).toEqual(passes));
  test("goes by the age", () => {
    expect(names({ age: "hour" }, 12 * HOUR)).toEqual([]);
    expect(names({ age: "day" }, 12 * HOUR)).toEqual(["a", "b", "c"]);
  });
  test("is what the address says, and the other way round", () => {
    const filter = filterOf({ q: "a & b", phase: "Failed" });
    expect(addressOf(filter)).toBe("/?q=a+%26+b&phase=Failed");
    expect(addressOf(filterOf({}))).toBe("/");
  });
  test("leaves each phase its count", () =>
    expect(countByPhase(all)).toMatchObject({ Running: 2, Failed: 1, Denied: 0 }));
});

test.each([
  [
    { top: 100, height: 1000, rowHeight: 50, count: 5000 },
    { first: 0, end: 26 },
  ],
  [
    { top: -50_000, height: 1000, rowHeight: 50, count: 5000 },
    { first: 992, end: 1028 },
  ],
  [
    { top: 100, height: 1000, rowHeight: 50, count: 3 },
    { first: 0, end: 3 },
  ],
])("of %j the rows %j are drawn", (place, range) => expect(visibleRange(place)).toEqual(range));

test.each([
  ["ArrowDown", 4, 5],
  ["ArrowUp", 0, 0],
  ["PageDown", 95, 99],
  ["Home", 50, 0],
  ["End", 50, 99],
  ["Enter", 50, undefined],
])("key %s leads from row %i to %s", (key, from, to) => expect(targetOf(key, from, 100)).toBe(to));
