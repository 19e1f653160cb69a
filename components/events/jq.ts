// What the Sensors make of an event: the same AgentWorkload as api/webhook.ts does, in jq.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { TRACEPARENT_PATTERN } from "@agentic/api/trace.ts";
import {
  DEFAULT_OBJECTIVE,
  DELIVERY_ID_PATTERN,
  EVENT_LABEL,
  type EventKind,
  eventSubmitter,
  sensorAccount,
} from "@agentic/api/webhook.ts";

const asName = `ascii_downcase | gsub("_"; "-")`;

/** Metadata of an event: named as it says, after its job id or its delivery, or else the API server completes a generated name. */
const metadata = (kind: EventKind) =>
  [
    `({namespace: ("tenant-" + $tenant), labels: {${JSON.stringify(EVENT_LABEL)}: ${JSON.stringify(kind)}}}`,
    `+ if $event.name != null then {name: $event.name}`,
    `elif ($event.jobId | type) == "string" then {name: ($event.jobId | ${asName})}`,
    `elif ($delivery | type) == "string" and ($delivery | test(${JSON.stringify(DELIVERY_ID_PATTERN)}))`,
    `then {name: (${JSON.stringify(`${kind}-`)} + ($delivery | ${asName}))}`,
    `else {generateName: ${JSON.stringify(`${kind}-`)}} end`,
    `+ {annotations: ({${JSON.stringify(ANNOTATIONS.submittedBy)}: ${JSON.stringify(eventSubmitter(sensorAccount(kind)))}}`,
    `+ if ($trace | type) == "string" and ($trace | test(${JSON.stringify(TRACEPARENT_PATTERN)}))`,
    `then {${JSON.stringify(ANNOTATIONS.traceparent)}: $trace} else {} end)})`,
  ].join(" ");

const spec: Record<EventKind, string> = {
  document: [
    `((if $event.jobId != null then {jobId: $event.jobId} else {} end)`,
    `+ {objective: ($event.objective // ${JSON.stringify(DEFAULT_OBJECTIVE)}), targetUrls: ($event.urls // [$event.url])})`,
  ].join(" "),
  workload: `($event | del(.tenant, .name))`,
};

/**
 * The jq program of a Sensor's dependency: from `{header, body}` to `{tenant, metadata, spec}`. It has a result for any body, so
 * that no event is stuck on the bus: an event that isn't an object has the tenant "", which no filter accepts, and so has one
 * for another tenant than `owner`, whose token let it in.
 */
export function eventProgram(kind: EventKind, owner?: string): string {
  const byToken = owner && `if . == null or . == ${JSON.stringify(owner)} then ${JSON.stringify(owner)} else "" end`;
  return [
    `(.body | if type == "string" then (try fromjson catch null) else . end) as $given`,
    `| ($given | if type == "object" then . else {} end) as $event`,
    `| ($given | if type == "object" then .tenant else "" end | ${byToken ?? `if type == "string" then . else "" end`}) as $tenant`,
    `| ((try .header["Webhook-Id"][0] catch null) // null) as $delivery`,
    `| ((try .header["Traceparent"][0] catch null) // null) as $trace`,
    `| {tenant: $tenant, metadata: ${metadata(kind)}, spec: ${spec[kind]}}`,
  ].join("\n");
}
