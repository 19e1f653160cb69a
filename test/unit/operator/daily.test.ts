// Once a day by the clocks of a place: on each day, on those on which clocks are put forward or back, too.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueDay } from "../../../operator/notify/daily.ts";

const MINUTE = 60_000;

/** The days that were due at any minute from one moment to another, in the order in which they became it. */
function daysBetween(at: string, timeZone: string, from: string, to: string): string[] {
  const days: string[] = [];
  for (let now = Date.parse(from); now < Date.parse(to); now += MINUTE) {
    const day = dueDay({ at, timeZone }, now);
    if (day !== undefined && !days.includes(day)) days.push(day);
  }
  return days;
}

/** When the day becomes due. */
function firstDue(at: string, timeZone: string, day: string): string | undefined {
  for (
    let now = Date.parse(`${day}T00:00:00Z`) - 14 * 60 * MINUTE;
    now < Date.parse(`${day}T23:59:00Z`) + 14 * 60 * MINUTE;
    now += MINUTE
  )
    if (dueDay({ at, timeZone }, now) === day) return new Date(now).toISOString().slice(0, 16);
  return undefined;
}

describe("a time of the day", () => {
  it.each([
    ["09:00", "UTC", "2026-03-10", "2026-03-10T09:00"],
    ["09:00", "Europe/Berlin", "2026-01-10", "2026-01-10T08:00"],
    ["09:00", "Europe/Berlin", "2026-07-10", "2026-07-10T07:00"],
    ["09:00", "Asia/Kolkata", "2026-07-10", "2026-07-10T03:30"],
    ["09:00", "Pacific/Kiritimati", "2026-07-10", "2026-07-09T19:00"],
    ["00:00", "America/New_York", "2026-07-10", "2026-07-10T04:00"],
    // Left out on this day: 03:00 follows 01:59.
    ["02:30", "Europe/Berlin", "2026-03-29", "2026-03-29T01:00"],
    // Shown twice on this day: the first counts.
    ["02:30", "Europe/Berlin", "2026-10-25", "2026-10-25T00:30"],
    ["01:30", "America/New_York", "2026-11-01", "2026-11-01T05:30"],
    // By half an hour.
    ["02:15", "Australia/Lord_Howe", "2026-10-04", "2026-10-03T15:30"],
    // Midnight itself is left out: 01:00 follows 23:59.
    ["00:30", "Africa/Cairo", "2026-04-24", "2026-04-23T22:00"],
    // 23:00 follows 23:59, before midnight.
    ["23:30", "Africa/Cairo", "2026-10-29", "2026-10-29T20:30"],
  ])("%s in %s comes on %s at %s", (at, timeZone, day, moment) => {
    expect(firstDue(at, timeZone, day)).toBe(moment);
  });

  it("is due for two hours, over midnight too", () => {
    expect(daysBetween("23:30", "UTC", "2026-03-10T23:29:00Z", "2026-03-10T23:30:00Z")).toEqual([]);
    expect(daysBetween("23:30", "UTC", "2026-03-11T00:10:00Z", "2026-03-11T01:29:00Z")).toEqual(["2026-03-10"]);
    expect(daysBetween("23:30", "UTC", "2026-03-11T01:30:00Z", "2026-03-11T23:30:00Z")).toEqual([]);
  });

  const zones = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
  ];
  it("comes once on each day, whatever the clocks do", () => {
    const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    // Around the days on which clocks of these zones are put forward or back in 2026.
    const starts = [
      "2026-03-06",
      "2026-03-27",
      "2026-04-03",
      "2026-04-22",
      "2026-10-02",
      "2026-10-23",
      "2026-10-28",
      "2026-10-30",
    ];
    fc.assert(
      fc.property(time, fc.constantFrom(...zones), fc.constantFrom(...starts), ([hour, minute], timeZone, start) => {
        const at = `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
        const from = Date.parse(`${start}T00:00:00Z`);
        const due: string[] = [];
        for (let now = from; now < from + 4 * 24 * 60 * MINUTE; now += 10 * MINUTE) {
          const day = dueDay({ at, timeZone }, now);
          if (day !== undefined && day !== due.at(-1)) due.push(day);
        }
        // None came twice or out of turn, and between the first and the last none is missing.
        const first = Date.parse(`${due[0]}T00:00:00Z`);
        expect(due).toEqual(
          due.map((_, index) => new Date(first + index * 24 * 60 * MINUTE).toISOString().slice(0, 10)),
        );
        expect(due.length).toBeGreaterThanOrEqual(4);
      }),
      { numRuns: 40 },
    );
  });
});
