// What the Sensors make of an event: the same AgentWorkload as api/webhook.ts does, in jq.
import { DEFAULT_OBJECTIVE, EVENT_LABEL, type EventKind } from "@agentic/api/webhook.ts";

/** Metadata of an event without a name: named after its job id, or else the API server completes a generated name. */
const metadata = (kind: EventKind) =>
  [
    `({namespace: ("tenant-" + $tenant), labels: {${JSON.stringify(EVENT_LABEL)}: ${JSON.stringify(kind)}}}`,
    `+ if $event.name != null then {name: $event.name}`,
    `elif ($event.jobId | type) == "string" then {name: ($event.jobId | ascii_downcase | gsub("_"; "-"))}`,
    `else {generateName: ${JSON.stringify(`${kind}-`)}} end)`,
  ].join(" ");

const spec: Record<EventKind, string> = {
  document: [
    `((if $event.jobId != null then {jobId: $event.jobId} else {} end)`,
    `+ {objective: ($event.objective // ${JSON.stringify(DEFAULT_OBJECTIVE)}), targetUrls: ($event.urls // [$event.url])})`,
  ].join(" "),
  workload: `($event | del(.tenant, .name))`,
};

/**
 * The jq program of a Sensor's dependency: from `{body}` to `{tenant, metadata, spec}`. It has a result for any body, so
 * that no event is stuck on the bus: an event that isn't an object has the tenant "", which no filter accepts.
 */
export function eventProgram(kind: EventKind): string {
  return [
    `(.body | if type == "string" then (try fromjson catch null) else . end | if type == "object" then . else {} end) as $event`,
    `| ($event.tenant | if type == "string" then . else "" end) as $tenant`,
    `| {tenant: $tenant, metadata: ${metadata(kind)}, spec: ${spec[kind]}}`,
  ].join("\n");
}
