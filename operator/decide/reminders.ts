// Reminders of a gate that still waits for a person: for whom, and when; each once, and never one that a later one has overtaken.
import type { AgentWorkload, AgentWorkloadSpec, WorkloadNotification } from "@agentic/api/agentworkload.ts";
import { DEFAULT_REMINDERS } from "@agentic/api/notify.ts";
import { timestamp } from "@agentic/api/times.ts";

type Entry = NonNullable<AgentWorkloadSpec["notify"]>[number];

const FORM = /^Reminder([1-9][0-9]?)$/;

/** The event of a reminder when so many percent of the gate's time are left. */
export const reminder = (percent: number): string => `Reminder${percent}`;

/** Whether an event is a reminder. */
export const isReminder = (event: string): boolean => FORM.test(event);

/** The percentages of time left at which an entry is reminded. */
export const remindersOf = ({ reminders, events }: Entry): readonly number[] =>
  reminders ?? (events?.includes("AwaitingApproval") ? DEFAULT_REMINDERS : []);

/** From when to when a gate waits, milliseconds since the epoch. */
export interface Span {
  from: number;
  until: number;
}

export interface Reminders {
  /** What is owed now, after what was owed before. */
  owed: WorkloadNotification[];
  /** When the next is due. */
  wakeAt: number | undefined;
}

/** The reminders that are due: of several of one receiver only the latest, such as where no operator ran. */
export function remind(
  { spec }: AgentWorkload,
  notifications: readonly WorkloadNotification[],
  { from, until, now }: Span & { now: number },
): Reminders {
  const owed = [...notifications];
  let wakeAt: number | undefined;
  const dueAt = (percent: number) => until - ((until - from) * percent) / 100;
  for (const url of new Set((spec.notify ?? []).map((entry) => entry.url))) {
    const percents = spec.notify?.flatMap((entry) => (entry.url === url ? remindersOf(entry) : [])) ?? [];
    const due = percents.filter((percent) => dueAt(percent) <= now);
    const latest = Math.min(...due);
    const told = owed.some((other) => other.url === url && Number(FORM.exec(other.event)?.[1]) <= latest);
    if (due.length > 0 && now < until && !told)
      owed.push({ url, event: reminder(latest), state: "Pending", at: timestamp(now) });
    for (const percent of percents)
      if (dueAt(percent) > now) wakeAt = Math.min(wakeAt ?? Number.POSITIVE_INFINITY, dueAt(percent));
  }
  return { owed, wakeAt };
}

/** The notifications without reminders that nobody needs any more, as the gate doesn't wait. */
export const withoutStale = (notifications: WorkloadNotification[]): WorkloadNotification[] =>
  notifications.filter(({ event, state }) => state !== "Pending" || !isReminder(event));
