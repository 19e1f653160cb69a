// When a schedule's times come: as robfig/cron 3.0.1 has them, by which Kubernetes and Argo go, recorded from it in cron-times.json.
import { parseCron, type Timetable } from "@agentic/api/cron.ts";
import { dueTime, MANY_MISSED } from "@agentic/api/missed-times.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import recorded from "./cron-times.json" with { type: "json" };

const ms = (time: string) => Date.parse(time);
const text = (time: number | undefined) => time && new Date(time).toISOString().replace(".000", "");

function timetable(expression: string, zone = "UTC"): Timetable {
  const parsed = parseCron(expression, zone);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.timetable;
}

function times(expression: string, zone: string, after: string, count: number): (string | 0 | undefined)[] {
  const { next } = timetable(expression, zone);
  const found: number[] = [];
  for (let time = next(ms(after)); time !== undefined && found.length < count; time = next(time)) found.push(time);
  return found.map(text);
}

describe("the times of an expression", () => {
  it.each(recorded as [string, string, string, string[]][])(
    "%s in %s after %s are robfig/cron's",
    (cron, zone, after, next) => {
      expect(times(cron, zone, after, next.length)).toEqual(next);
    },
  );

  // Where the clocks are put forward at midnight robfig/cron takes the day after for the one before, and where they are put back by half
  // an hour it leaves out a midnight.
  it.each([
    ["30 6 * * 6", "America/Havana", "2026-03-07T23:00:00Z", "2026-03-14T10:30:00Z"],
    ["0 3 * * 6", "America/Santiago", "2026-09-06T01:00:00Z", "2026-09-12T06:00:00Z"],
    ["@daily", "Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-05T13:30:00Z"],
  ])("%s in %s are on the days that it names", (cron, zone, after, next) => {
    expect(times(cron, zone, after, 1)).toEqual([next]);
  });

  it("come in order, and after the time that is asked about", () => {
    const part = (first: number, last: number) =>
      fc.oneof(fc.constant("*"), fc.integer({ min: first, max: last }).map(String), fc.constant("*/7"));
    const expression = fc.tuple(part(0, 59), part(0, 23), part(1, 28), part(1, 12), part(0, 6));
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe");
    fc.assert(
      fc.property(
        expression,
        zone,
        fc.integer({ min: ms("2026-01-01"), max: ms("2030-01-01") }),
        (fields, name, after) => {
          const { next, latest } = timetable(fields.join(" "), name);
          const [first = 0, second = 0] = [next(after), next(next(after) ?? 0)];
          expect(first).toBeGreaterThan(after);
          expect(second).toBeGreaterThan(first);
          expect(latest(after, second)).toBe(second);
          expect(latest(after, second - 1)).toBe(first);
          expect(latest(after, first - 1)).toBeUndefined();
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("an expression", () => {
  it.each([
    ["60 * * * *", "minute: '60' must be 0–59"],
    ["* 24 * * *", "hour: '24' must be 0–23"],
    ["* * 0 * *", "day of the month: '0' must be 1–31"],
    ["* * * 13 *", "month: '13' must be 1–12 or JAN–DEC"],
    ["* * * * 7", "day of the week: '7' must be 0–6 or SUN–SAT"],
    ["5-3 * * * *", "minute: '5-3' begins after its end"],
    ["*/0 * * * *", "minute: '*/0' needs a step of 1 or more"],
    ["1/2/3 * * * *", "minute: '1/2/3' has more than one /"],
    ["1-2-3 * * * *", "minute: '1-2-3' has more than one -"],
    ["1,,2 * * * *", "minute: '' must be 0–59"],
    ["* * L * *", "day of the month: 'L' must be 1–31"],
    ["* * * * MON#2", "day of the week: 'MON#2' must be 0–6 or SUN–SAT"],
    ["* * * *", "must have five fields, minute, hour, day of the month, month, day of the week"],
    ["0 * * * * *", "must have five fields"],
    ["@reboot", "'@reboot' is unknown: there are @yearly"],
    ["@every 1d", "must be @every and a duration of h, m and s, such as @every 90m"],
    ["@every", "must be @every and a duration"],
    ["TZ=UTC 0 0 * * *", "must not name a time zone: that has a field of its own"],
    ["CRON_TZ=UTC 0 0 * * *", "must not name a time zone"],
    ["0 0 30 2 *", "'0 0 30 2 *' never comes: there is no such day"],
  ])("%s is refused with what is right", (expression, words) => {
    const parsed = parseCron(expression, "UTC");
    expect("error" in parsed && parsed.error).toContain(words);
  });

  it.each(["Mars/Olympus", "Local", "local", "", "+02:00", "Europe/Berlin ", "../UTC"])("knows no zone %j", (zone) => {
    expect(parseCron("@daily", zone)).toEqual({
      error: expect.stringContaining("such as Europe/Berlin"),
      field: "timeZone",
    });
  });
});

describe("the time that is due", () => {
  const due = (cron: string, since: string, now: string) => {
    const { time, count } = dueTime(timetable(cron), ms(since), ms(now));
    return [text(time), count];
  };

  it.each([
    ["none yet", "0 * * * *", "2026-11-30T10:00:00Z", "2026-11-30T10:59:59Z", undefined, 0],
    ["one, to the second", "0 * * * *", "2026-11-30T10:00:00Z", "2026-11-30T11:00:00Z", "2026-11-30T11:00:00Z", 1],
    ["the last of several", "0 * * * *", "2026-11-30T10:00:00Z", "2026-11-30T14:10:00Z", "2026-11-30T14:00:00Z", 4],
    ["the last of a hundred", "* * * * *", "2026-11-30T10:00:00Z", "2026-11-30T11:40:59Z", "2026-11-30T11:40:00Z", 100],
    ["the last of many", "* * * * *", "2026-11-30T10:00:00Z", "2026-11-30T11:41:00Z", "2026-11-30T11:41:00Z", 101],
    [
      "the last of five years of minutes",
      "* * * * *",
      "2021-11-30T10:00:00Z",
      "2026-11-30T10:00:30Z",
      "2026-11-30T10:00:00Z",
      101,
    ],
    [
      "the last of irregular ones",
      "30 6-16/4 * * 1-5",
      "2026-01-01T00:00:00Z",
      "2026-11-29T12:00:00Z",
      "2026-11-27T14:30:00Z",
      101,
    ],
    [
      "that of an interval, counted from the last",
      "@every 45m",
      "2026-11-30T00:10:00Z",
      "2026-11-30T10:00:00Z",
      "2026-11-30T09:55:00Z",
      13,
    ],
    [
      "that of a short interval",
      "@every 1s",
      "2026-11-30T00:10:00Z",
      "2026-11-30T10:00:00Z",
      "2026-11-30T10:00:00Z",
      101,
    ],
  ])("is %s", (_, cron, since, now, time, count) => {
    expect(due(cron, since, now)).toEqual([time, count]);
    expect(count).toBeLessThanOrEqual(MANY_MISSED + 1);
  });
});
