// Retry-After in all the forms that servers send.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseHttpDate, retryAfterMs } from "../../../api/retry-after.ts";

const now = Date.UTC(2026, 10, 28, 12, 0, 0);

describe("parseHttpDate", () => {
  test.each(["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])(
    "%s is the RFC's own example",
    (text) => expect(parseHttpDate(text, now)).toBe(Date.UTC(1994, 10, 6, 8, 49, 37)),
  );
  test("a year of two digits is at most 50 years ahead", () => {
    expect(parseHttpDate("Friday, 06-Nov-76 00:00:00 GMT", now)).toBe(Date.UTC(2076, 10, 6));
    expect(parseHttpDate("Sunday, 06-Nov-77 00:00:00 GMT", now)).toBe(Date.UTC(1977, 10, 6));
  });
  test.each([
    "",
    "soon",
    "2026-11-28T12:00:00Z",
    "Sun, 31 Feb 2027 08:49:37 GMT",
    "Sun, 06 Nov 2027 24:00:00 GMT",
    "Sun, 06 Nov 2027 08:49:37 CET",
    "Sun, 06 Nov 2027 08:49:37",
  ])("%j is no HTTP-date", (text) => expect(parseHttpDate(text, now)).toBeUndefined());
  test("reads every second that toUTCString writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        const text = new Date(seconds * 1000).toUTCString();
        expect(parseHttpDate(text)).toBe(seconds * 1000);
      }),
    );
  });
});

describe("retryAfterMs", () => {
  test.each<[string | null, number | undefined]>([
    ["120", 120_000],
    [" 0 ", 0],
    ["Sat, 28 Nov 2026 12:00:06 GMT", 7_000],
    ["Sat, 28 Nov 2026 11:00:00 GMT", 0],
    ["99999999999999999999", Number.MAX_SAFE_INTEGER],
    ["-5", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    [null, undefined],
  ])("%s is %s ms", (header, ms) => expect(retryAfterMs(header, now)).toBe(ms));
});
