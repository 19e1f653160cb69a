// What a list of measurements comes to.

/** The value that a share of all values doesn't exceed; NaN of none. */
const share = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;

export const median = (values: readonly number[]): number => share(values, 0.5);
export const p95 = (values: readonly number[]): number => share(values, 0.95);
