// When a cron expression's times come, in a time zone: the rules of Kubernetes' CronJob and Argo's CronWorkflow, daylight saving included.
import { Cron } from "croner";
import { CRON_FIELDS, CRON_MACROS, normalField } from "./cron-fields.ts";
import { isTimeZone, offsetChange, offsetOf } from "./zone-offset.ts";

/** The times of an expression. All times are milliseconds since the epoch. */
export interface Timetable {
  /** The first time after this one; undefined where there is none any more. */
  next(after: number): number | undefined;
  /** The last time after `after` and until `now`; undefined where there is none. */
  latest(after: number, now: number): number | undefined;
}

/** The times, or what is wrong with the expression (`cron`) or the zone (`timeZone`). */
export type ParsedCron = { timetable: Timetable } | { error: string; field: "cron" | "timeZone" };

const wrong = (error: string, field: "cron" | "timeZone" = "cron"): ParsedCron => ({ error, field });

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Of `@every <duration>`: the duration, in milliseconds. undefined where it is not one of h, m and s. */
function everyMs(text: string): number | undefined {
  if (!/^([0-9]{1,7}(\.[0-9]{1,9})?[hms])+$/.test(text)) return undefined;
  const parts = text.matchAll(/([0-9.]+)([hms])/g);
  return [...parts].reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
}

/**
 * The times of an expression of five fields, or of `@daily` and the like, in a zone of the IANA database; or what is wrong with either. As in
 * robfig/cron, a time that the clocks leave out doesn't come, and one that they show twice comes twice. `@every 90s` counts from the
 * time that is asked about, and takes no zone.
 */
export function parseCron(expression: string, zone: string): ParsedCron {
  const text = expression.trim();
  if (/TZ\s*=/.test(text)) return wrong("must not name a time zone: that has a field of its own");
  if (!isTimeZone(zone))
    return wrong(`'${zone}' is unknown: it must be a zone of the IANA database, such as Europe/Berlin`, "timeZone");
  const every = /^@every\b\s*(.*)$/.exec(text)?.[1];
  if (every !== undefined) {
    // Less than a second counts as one, and a part of a second not at all.
    const ms = Math.max(1000, Math.floor((everyMs(every) ?? Number.NaN) / 1000) * 1000);
    if (Number.isNaN(ms)) return wrong(`'${text}' must be @every and a duration of h, m and s, such as @every 90m`);
    return { timetable: intervals(ms) };
  }
  const fields = (CRON_MACROS[text] ?? text).split(/\s+/);
  if (text.startsWith("@") && !CRON_MACROS[text])
    return wrong(`'${text}' is unknown: there are ${Object.keys(CRON_MACROS).join(", ")}`);
  if (fields.length !== CRON_FIELDS.length)
    return wrong(
      `'${text}' must have five fields, ${CRON_FIELDS.map(({ name }) => name).join(", ")}, or be one of ${Object.keys(CRON_MACROS).join(", ")}`,
    );
  const lists: string[] = [];
  for (const [i, field] of CRON_FIELDS.entries()) {
    const found = normalField(fields[i] ?? "", field);
    if ("error" in found) return wrong(found.error);
    lists.push(found.list);
  }
  // The library searches the calendar. Its own zones run a time that is left out an hour later, and one that comes twice once.
  const calendar = new Cron(lists.join(" "), { mode: "5-part", utcOffset: 0, paused: true });
  if (!calendar.nextRun(new Date(0))) return wrong(`'${text}' never comes: there is no such day`);
  return { timetable: wallTimes(calendar, zone) };
}

function intervals(ms: number): Timetable {
  const whole = (time: number) => Math.floor(time / 1000) * 1000;
  return {
    next: (after) => whole(after) + ms,
    latest: (after, now) => {
      const count = Math.floor((now - whole(after)) / ms);
      return count > 0 ? whole(after) + count * ms : undefined;
    },
  };
}

/** The times at which a zone's clocks show what the calendar has; it takes what they show for a time in UTC. */
function wallTimes(calendar: Cron, zone: string): Timetable {
  const next = (after: number): number | undefined => {
    let from = after;
    let shown = after + offsetOf(zone, after);
    for (;;) {
      const match = calendar.nextRun(new Date(shown))?.getTime();
      if (match === undefined) return undefined;
      const offset = offsetOf(zone, from);
      const change = offsetChange(zone, from, match - offset);
      if (change === undefined) return match - offset;
      // The clocks jump before that: what they show from then on counts, its first moment included.
      from = change;
      shown = change + offsetOf(zone, change) - 1;
    }
  };
  return {
    next,
    latest: (after, now) => {
      // Backwards, in ever longer strides: the time of an hour ago is found in a few, and so is that of a year ago.
      for (let back = 60_000; ; back *= 2) {
        const start = Math.max(after, now - back);
        let latest: number | undefined;
        for (let time = next(start); time !== undefined && time <= now; time = next(time)) latest = time;
        if (latest !== undefined || start === after) return latest;
      }
    },
  };
}
