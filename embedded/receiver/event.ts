// Validates an event and converts it to an AgentWorkload.
import {
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

/** The workload of an event; a refusal with 400 names every field that is wrong. */
export function workloadOfBody(kind: EventKind, body: Record<string, unknown>): NewWorkload {
  const errors = [...Value.Errors(schemas[kind], body)].map((error) => {
    const names = (error.params as { additionalProperties?: string[] }).additionalProperties;
    if (error.keyword === "additionalProperties" && names) return `unknown fields: ${names.join(", ")}`;
    return `${error.instancePath.slice(1).replaceAll("/", ".") || "the body"} ${error.message}`;
  });
  if (kind === "document" && (body.url === undefined) === (body.urls === undefined))
    errors.push("give either url or urls");
  if (errors.length > 0) throw new Refusal(400, [...new Set(errors)].join("; "));
  return kind === "document" ? workloadOf(kind, body as DocumentEvent) : workloadOf(kind, body as WorkloadEvent);
}
