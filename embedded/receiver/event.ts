// Validates an event and converts it to an AgentWorkload.
import {
  type Delivery,
  type DocumentEvent,
  DocumentEventSchema,
  type EventKind,
  type NewWorkload,
  type WorkloadEvent,
  WorkloadEventSchema,
  workloadOf,
} from "@agentic/api/webhook.ts";
import { Value } from "typebox/value";
import { Refusal } from "./body.ts";

const schemas = { document: DocumentEventSchema, workload: WorkloadEventSchema };

/** The workload of an event. Refuses with 400, naming every field that is wrong, and with 403 an event for another tenant. */
export function workloadOfBody(kind: EventKind, body: Record<string, unknown>, delivery: Delivery): NewWorkload {
  const errors = [...Value.Errors(schemas[kind], body)].map((error) => {
    const names = (error.params as { additionalProperties?: string[] }).additionalProperties;
    if (error.keyword === "additionalProperties" && names) return `unknown fields: ${names.join(", ")}`;
    return `${error.instancePath.slice(1).replaceAll("/", ".") || "the body"} ${error.message}`;
  });
  if (kind === "document" && (body.url === undefined) === (body.urls === undefined))
    errors.push("give either url or urls");
  if (errors.length > 0) throw new Refusal(400, [...new Set(errors)].join("; "));
  if (body.tenant !== undefined && body.tenant !== delivery.tenant)
    throw new Refusal(
      403,
      `tenant is '${body.tenant}', but this path and its token are of tenant '${delivery.tenant}'`,
    );
  return kind === "document"
    ? workloadOf(kind, body as DocumentEvent, delivery)
    : workloadOf(kind, body as WorkloadEvent, delivery);
}
