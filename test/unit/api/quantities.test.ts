// Quantities are read in Kubernetes' own grammar.
import { expect, test } from "vitest";
import { quantity } from "../../../api/quantities.ts";

test.each([
  ["10Gi", 10 * 2 ** 30],
  ["512Mi", 512 * 2 ** 20],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["500M", 500e6],
  ["1000", 1000],
  ["lots", Number.NaN],
  ["9m", 0.009],
  ["1e3", 1000],
  ["1E3", 1000],
  ["1E", 1e18],
  ["2Ei", 2 * 2 ** 60],
  [".5k", 500],
  ["5.", 5],
  ["1500m", 1.5],
  [0, 0],
  ["0Mi", 0],
  [1e21, 1e21],
  ["10GB", Number.NaN],
  ["", Number.NaN],
  [null, Number.NaN],
])("%s is %d", (value, expected) => expect(quantity(value)).toBe(expected));
