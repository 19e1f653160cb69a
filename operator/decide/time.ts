// Durations and times as the API writes them.

const DURATION = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Milliseconds of a duration such as `90s`, `30m` or `1h30m`; throws on anything else. */
export function durationMs(text: string): number {
  const match = DURATION.exec(text);
  if (!match || text === "") throw new Error(`"${text}" is not a valid duration: write it as 90s, 30m or 1h30m`);
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number];
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** A time as Kubernetes writes it, to the second. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds since the epoch, or undefined for a time that is absent or not valid. */
export function parseTime(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
