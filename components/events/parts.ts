// Names that the parts of the events share: what pods are selected by, which accounts they have.
import { WEBHOOK } from "@agentic/api/webhook.ts";

/** Label values of the pods, which Services and network policies select them by. */
export const eventParts = {
  controller: "argo-events-controller",
  bus: "event-bus",
  /** Whatever answers the webhook: Argo's EventSource or the built-in receiver. */
  webhook: WEBHOOK.service,
  pubsub: "pubsub",
  sensor: "event-sensor",
} as const;

/** Service accounts that make AgentWorkloads of events, by engine; each tenant gives them that one right. */
export const eventAccounts = {
  argo: ["document-sensor", "workload-sensor"],
  builtin: ["event-receiver"],
} as const;

export type EventEngine = keyof typeof eventAccounts;

/** Ports of Argo Events' metrics, on eventsource and sensor pods, and of the receiver's. */
export const metricsPort = 7777;
