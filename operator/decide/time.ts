// Times as the API writes them.

/** Milliseconds since the epoch, or undefined for a time that is absent or not valid. */
export function parseTime(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
