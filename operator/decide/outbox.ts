// The notifications that a workload owes its webhooks, kept in its status so that they survive a restart.
import type { AgentWorkload, WorkloadNotification } from "@agentic/api/agentworkload.ts";
import { reminder, remindersOf } from "./reminders.ts";
import type { Delivery } from "./types.ts";

const DEFAULT_EVENTS: readonly string[] = ["Completed", "Failed", "Denied"];

/** The event of the run's first, second … question at its gate. */
export const askedEvent = (number: number): string => `Asked${number}`;

/** Which question an event is about, from 1; undefined where it is another event. */
export function questionOf(event: string): number | undefined {
  const [, number] = /^Asked([1-9][0-9]?)$/.exec(event) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The entry of `spec.notify` by which this event is sent to this URL: the first where several name both. */
export function entryOf({ spec }: AgentWorkload, url: string, event: string) {
  // Who is told of a gate is told what is asked there.
  const named = questionOf(event) === undefined ? event : "AwaitingApproval";
  return spec.notify?.find(
    (entry) =>
      entry.url === url &&
      ((entry.events ?? DEFAULT_EVENTS).includes(named) || remindersOf(entry).some((left) => reminder(left) === event)),
  );
}

/** Adds the notifications that an event calls for, such as the phase that is entered; one per URL and event. */
export function announce(
  workload: AgentWorkload,
  event: string,
  notifications: WorkloadNotification[] | undefined,
  at: string,
): WorkloadNotification[] | undefined {
  const owed = (workload.spec.notify ?? [])
    .filter((entry) => entry === entryOf(workload, entry.url, event))
    .filter(({ url }) => !notifications?.some((other) => other.url === url && other.event === event))
    .map(({ url }): WorkloadNotification => ({ url, event, state: "Pending", at }));
  return owed.length > 0 ? [...(notifications ?? []), ...owed] : notifications;
}

/** Updates the notifications by the deliveries that have ended. */
export function settle(
  notifications: WorkloadNotification[],
  deliveries: readonly Delivery[],
  at: string,
): WorkloadNotification[] {
  return notifications.map((notification) => {
    if (notification.state !== "Pending") return notification;
    const delivery = deliveries.find(({ url, event }) => url === notification.url && event === notification.event);
    if (!delivery) return notification;
    const { url, event } = notification;
    return { url, event, state: delivery.state, at, ...(delivery.message ? { message: delivery.message } : {}) };
  });
}
