// Makes Events: what a controller tells people about an object, as `kubectl describe` and `kubectl get events` show it.
import { clean, cut, cutBytes } from "@agentic/api/text.ts";
import type { KubeObject } from "./object.ts";

/** What an Event says. */
export interface EventFacts {
  /** The Event's own name; the same fact has the same name, so that it isn't told twice. */
  name: string;
  /** The object that it is about. */
  object: { apiVersion: string; kind: string; metadata: KubeObject["metadata"] };
  type: "Normal" | "Warning";
  /** One word, UpperCamelCase. */
  reason: string;
  /** Cut to 1 KiB, as the API server demands. */
  message: string;
  /** RFC 3339. */
  at: string;
  /** The program that reports it. */
  component: string;
  /** The program's globally unique name, `<domain>/<name>`; default the component. */
  reporter?: string;
  /** The program's replica; default the component. */
  instance?: string;
}

/** Path of the Events of a namespace; those about cluster-scoped objects are in `default`. */
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
