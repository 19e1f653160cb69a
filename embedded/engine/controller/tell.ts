// Tells people of an object that has no effect, by an event.
import { fnv32a } from "@agentic/api/pod-names.ts";
import { eventOf, eventsPath } from "@agentic/kube/controller/event.ts";
import type { KubeObject } from "@agentic/kube/controller/object.ts";
import { timestamp } from "../core/time.ts";
import { type Requests, STRICT } from "./client.ts";
import * as paths from "./paths.ts";

const COMPONENT = "workflow-engine";
/** The most characters of an object's name in its event's name, which has a hash, too. */
const LONGEST_NAME = 240;

export interface Warning {
  kind: string;
  metadata: KubeObject["metadata"];
  /** One word, UpperCamelCase. */
  reason: string;
  message: string;
  at: Date;
}

/**
 * Creates the event. Its name is derived from the object and what is said, so that it isn't told twice, not by a restarted engine either:
 * then the API server answers 409.
 */
export function warn(client: Requests, { kind, metadata, reason, message, at }: Warning): Promise<unknown> {
  const event = eventOf({
    name: `${metadata.name.slice(0, LONGEST_NAME)}.${fnv32a([metadata.uid, reason, message].join("\n")).toString(16)}`,
    object: { apiVersion: paths.API_VERSION, kind, metadata },
    type: "Warning",
    reason,
    message,
    at: timestamp(at),
    component: COMPONENT,
  });
  return client.create(eventsPath(metadata.namespace), event, STRICT);
}
