// Which of a schedule's times is to be run now, as Kubernetes' CronJob decides it: the last one that hasn't been, and no earlier one.
import type { Timetable } from "./cron.ts";

/** More missed times than this may mean a wrong clock. */
export const MANY_MISSED = 100;

export interface DueTime {
  /** The last time after `since` and until `now`, milliseconds since the epoch; undefined where none has come. */
  time: number | undefined;
  /** How many times have come, that one included; one more than {@link MANY_MISSED} for any more. */
  count: number;
}

/** What has come of a timetable after `since`, until `now`. */
export function dueTime(timetable: Timetable, since: number, now: number): DueTime {
  let count = 0;
  let time: number | undefined;
  for (let next = timetable.next(since); next !== undefined && next <= now; next = timetable.next(next)) {
    time = next;
    // The others aren't gone through one by one: there may be millions.
    if (++count > MANY_MISSED) return { time: timetable.latest(since, now), count };
  }
  return { time, count };
}
