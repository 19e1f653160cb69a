// The check of arguments that are whole numbers.

/** The smallest and the largest number that is right; without the latter there is no largest. */
export interface NumberRange {
  from: number;
  to?: number;
}

/**
 * Throws where one of the arguments, each under its path such as `maintenance.hours`, isn't a whole number of the range: with
 * the path, the number and the range.
 */
export function checkWholeNumbers(args: Readonly<Record<string, number>>, { from, to }: NumberRange): void {
  for (const [path, value] of Object.entries(args))
    if (!Number.isInteger(value) || value < from || (to !== undefined && value > to))
      throw new Error(`${path}: ${value} is not a whole number from ${from}${to === undefined ? "" : ` to ${to}`}`);
}
