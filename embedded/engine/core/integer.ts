// Parses whole numbers in fields that are a number or a string, which may be the value of a variable.
import { LONGEST_DURATION_MS } from "./time.ts";
import { type AnyString, SpecError } from "./types.ts";

export const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 } as const;
const LONGEST_SECONDS = Math.floor(LONGEST_DURATION_MS / 1000);
/** A workflow's deadline, which Go adds to a time as nanoseconds in 64 bits. One of 0 or less ends the workflow at once. */
export const DEADLINE_SECONDS = { min: -LONGEST_SECONDS, max: LONGEST_SECONDS } as const;
/** A pod's deadline, as Kubernetes allows it. */
export const POD_DEADLINE_SECONDS = { min: 1, max: INT32.max } as const;
/** Numbers that JavaScript counts exactly; Argo allows 64 bits. */
const EXACT = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER } as const;

/** The least and the greatest number that a field may have. */
export interface Range {
  min: number;
  max: number;
}

/** The number in a field, read like Go's Atoi. Throws a SpecError with the field and the range. */
export function parseInteger(value: AnyString, field: string, range: Range = EXACT): number {
  const text = String(value);
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= range.min && number <= range.max) return number;
  const shown = JSON.stringify(text.slice(0, 40));
  if (range.min === 1) throw new SpecError(`${field}: must be a positive integer, at most ${range.max}, not ${shown}`);
  if (Number.isNaN(number)) throw new SpecError(`${field}: ${shown} is not an integer`);
  throw new SpecError(`${field}: must be an integer from ${range.min} to ${range.max}, not ${shown}`);
}
