// Numbers in components' arguments are whole and in their range.
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkWholeNumbers } from "../../../components/numbers.ts";

test("a whole number of the range passes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 24 }), (hours) => {
      expect(() => checkWholeNumbers({ hours }, { from: 4, to: 24 })).not.toThrow();
    }),
  );
});

test.each([3, 25, 4.5, Number.NaN, Number.POSITIVE_INFINITY])("%s is refused with the range", (hours) => {
  expect(() => checkWholeNumbers({ "maintenance.hours": hours }, { from: 4, to: 24 })).toThrow(
    `maintenance.hours: ${hours} is not a whole number from 4 to 24`,
  );
});

test("without a largest number every number from the smallest on passes", () => {
  expect(() => checkWholeNumbers({ replicas: 1e9 }, { from: 1 })).not.toThrow();
  expect(() => checkWholeNumbers({ replicas: 0 }, { from: 1 })).toThrow(/^replicas: 0 is not a whole number from 1$/);
});

test("each argument is checked", () => {
  expect(() => checkWholeNumbers({ queue: 2, timeout: -1 }, { from: 1 })).toThrow("timeout: -1");
});
