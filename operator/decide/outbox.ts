// The notifications that a workload owes its webhooks, kept in its status so that they survive a restart.
import type { AgentWorkload, WorkloadNotification } from "@agentic/api/agentworkload.ts";
import type { WorkloadPhase } from "@agentic/api/phases.ts";
import { reminder, remindersOf } from "./reminders.ts";
import type { Delivery } from "./types.ts";

const DEFAULT_EVENTS: readonly string[] = ["Completed", "Failed", "Denied"];

/** The entry of `spec.notify` by which this event is sent to this URL: the first where several name both. */
export function entryOf({ spec }: AgentWorkload, url: string, event: string) {
  return spec.notify?.find(
    (entry) =>
      entry.url === url &&
      ((entry.events ?? DEFAULT_EVENTS).includes(event) || remindersOf(entry).some((left) => reminder(left) === event)),
  );
}

/** Adds the notifications that entering the phase calls for; one per URL and event. */
export function announce(
  workload: AgentWorkload,
  phase: WorkloadPhase,
  notifications: WorkloadNotification[] | undefined,
  at: string,
): WorkloadNotification[] | undefined {
  const owed = (workload.spec.notify ?? [])
    .filter((entry) => entry === entryOf(workload, entry.url, phase))
    .filter(({ url }) => !notifications?.some((other) => other.url === url && other.event === phase))
    .map(({ url }): WorkloadNotification => ({ url, event: phase, state: "Pending", at }));
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
