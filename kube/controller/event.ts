// An Event: what a controller tells people of an object, beside the object (`kubectl describe`, `kubectl get events`).
import { clean, cut, cutBytes } from "@agentic/api/text.ts";
import type { KubeObject } from "./object.ts";

export interface EventFacts {
  /** The Event's own name: the same for the same fact, so that it isn't told twice. */
  name: string;
  /** Whom it is about. */
  object: { apiVersion: string; kind: string; metadata: KubeObject["metadata"] };
  type: "Normal" | "Warning";
  /** One word, UpperCamelCase. */
  reason: string;
  /** Is cut to 1 KiB, as the API server asks. */
  message: string;
  /** RFC 3339. */
  at: string;
  /** The program that tells it. */
  component: string;
  /** The same as a name that is unique in the world, `<domain>/<name>`; default the component. */
  reporter?: string;
  /** Which of its replicas; default the component. */
  instance?: string;
}

/** Where Events about objects of a namespace are kept; those about cluster-scoped ones are in `default`. */
export const eventsPath = (namespace = "default"): string => `/api/v1/namespaces/${namespace}/events`;

/** The object to create at {@link eventsPath} (core/v1). */
export function eventOf(facts: EventFacts): object {
  const { object, type, reason, message, at, component, reporter = component, instance = component } = facts;
  const { apiVersion, kind, metadata } = object;
  const { name, namespace = "default", uid, resourceVersion } = metadata;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: facts.name, namespace },
    involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
    type,
    reason,
    message: cutBytes(clean(message), 1024),
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    source: { component },
    reportingComponent: reporter,
    reportingInstance: cut(instance, 128),
  };
}
