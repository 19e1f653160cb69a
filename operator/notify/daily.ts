// When something is due that happens once a day by the clocks of a place, which are put forward and back.

const MINUTES_A_DAY = 24 * 60;

/** Minutes after its time that it is still due, such as where no operator ran. */
const LATEST_MINUTES = 120;

interface LocalTime {
  /** Such as 2026-01-31. */
  date: string;
  /** Since midnight, as the clock shows them. */
  minutes: number;
}

/** What the clocks of a time zone show. */
function localTime(ms: number, timeZone: string): LocalTime {
  const parts = new Intl.DateTimeFormat("en-CA", {
    ...{ timeZone, hourCycle: "h23" },
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" },
  }).formatToParts(ms);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? "";
  return {
    date: `${part("year")}-${part("month")}-${part("day")}`,
    minutes: Number(part("hour")) * 60 + Number(part("minute")),
  };
}

/**
 * The day whose turn it is at this moment, milliseconds since the epoch: for two hours from its time on, over midnight too. A time that
 * the clock leaves out is due at the next one that it shows; of one that it shows twice both have the same day.
 */
export function dueDay({ at, timeZone = "UTC" }: { at: string; timeZone?: string }, now: number): string | undefined {
  const [hour = 0, minute = 0] = at.split(":").map(Number);
  const { date, minutes } = localTime(now, timeZone);
  const late = minutes - (hour * 60 + minute);
  if (late >= 0) return late < LATEST_MINUTES ? date : undefined;
  return late + MINUTES_A_DAY < LATEST_MINUTES ? localTime(now - (minutes + 1) * 60_000, timeZone).date : undefined;
}
