// The notifications that a workload owes, kept in its status so that a restart forgets none.
import type { AgentWorkload, WorkloadNotification } from "@agentic/api/agentworkload.ts";
import type { WorkloadPhase } from "@agentic/api/phases.ts";
import type { Delivery } from "./types.ts";

const DEFAULT_EVENTS: readonly string[] = ["Completed", "Failed", "Denied"];

/** The notifications with those added that entering the phase calls for; one per URL and event. */
export function announce(
  workload: AgentWorkload,
  phase: WorkloadPhase,
  known: WorkloadNotification[] | undefined,
  at: string,
): WorkloadNotification[] | undefined {
  const owed = (workload.spec.notify ?? [])
    .filter(({ events }) => (events ?? DEFAULT_EVENTS).includes(phase))
    .filter(({ url }) => !known?.some((other) => other.url === url && other.event === phase))
    .map(({ url }): WorkloadNotification => ({ url, event: phase, state: "Pending", at }));
  return owed.length > 0 ? [...(known ?? []), ...owed] : known;
}

/** The notifications with the ends of deliveries written in. */
export function settle(
  known: WorkloadNotification[],
  deliveries: readonly Delivery[],
  at: string,
): WorkloadNotification[] {
  return known.map((notification) => {
    if (notification.state !== "Pending") return notification;
    const end = deliveries.find(({ url, event }) => url === notification.url && event === notification.event);
    if (!end) return notification;
    const { url, event } = notification;
    return { url, event, state: end.state, at, ...(end.message ? { message: end.message } : {}) };
  });
}
