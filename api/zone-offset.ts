// What a time zone's clocks show: how far they are ahead of UTC, and when that changes.

const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Names as the IANA database has them; a name that the machine decides, or an offset, is none. */
export const ZONE_PATTERN = "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$";

/** Whether a zone is known by that name. */
export function isTimeZone(name: string): boolean {
  if (!new RegExp(ZONE_PATTERN).test(name) || name.toLowerCase() === "local") return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  formats.set(zone, format);
  return format;
}

/** Milliseconds that the zone's clocks are ahead of UTC at a time (milliseconds since the epoch). */
export function offsetOf(zone: string, at: number): number {
  // `11/30/2026, GMT+05:30`; `GMT` alone for none.
  const [, sign, hours = 0, minutes = 0, seconds = 0] =
    /GMT([+-])?(\d\d)?:?(\d\d)?:?(\d\d)?$/.exec(formatOf(zone).format(at)) ?? [];
  const ahead = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === "-" ? -ahead : ahead;
}

/** The first time after `from` and until `to` at which the zone's clocks are put forward or back; undefined for none. */
export function offsetChange(zone: string, from: number, to: number): number | undefined {
  const before = offsetOf(zone, from);
  // No zone has put its clocks forward and back again within a day.
  for (let start = from; start < to; start += DAY_MS) {
    let [low, high] = [start, Math.min(start + DAY_MS, to)];
    if (offsetOf(zone, high) === before) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetOf(zone, middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }
  return undefined;
}
