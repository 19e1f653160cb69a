// Names that the parts of the event engines share: label values of pods, service accounts, ports.
import { EVENT_KINDS, RECEIVER_ACCOUNT, sensorAccount, WEBHOOK } from "@agentic/api/webhook.ts";
import { images } from "../images.ts";

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
  argo: EVENT_KINDS.map(sensorAccount),
  builtin: [RECEIVER_ACCOUNT],
};

export type EventEngine = keyof typeof eventAccounts;

/** Ports of Argo Events' metrics, on eventsource and sensor pods, and of the receiver's. */
export const metricsPort = 7777;

/** Version of the bus, by which an EventBus chooses its images in the controller's configuration. */
export const jetStreamVersion = images.nats.ref.slice(images.nats.ref.lastIndexOf(":") + 1);

/** The one bus, under the name that EventSources and Sensors take by default. */
export const busName = "default";
