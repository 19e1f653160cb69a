// Durations as the API writes them.

const DURATION = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Milliseconds of a duration such as `90s`, `30m` or `1h30m`; throws on anything else. */
export function durationMs(text: string): number {
  const match = DURATION.exec(text);
  if (!match || text === "") throw new Error(`"${text}" is not a valid duration: write it as 90s, 30m or 1h30m`);
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number];
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
