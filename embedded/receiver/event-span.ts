// The receiver's part of a workload's trace: the span of the event that the workload is made of.
import { randomBytes } from "node:crypto";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { DEFAULT_WORKFLOW_TEMPLATE, tenantNamespace } from "@agentic/api/names.ts";
import { TRACE_ATTRIBUTES, type TraceContext, traceparentOf, workloadTrace } from "@agentic/api/trace.ts";
import type { EventKind, NewWorkload } from "@agentic/api/webhook.ts";
import type { PastSpan } from "@agentic/tracing/spans.ts";
import type { Created } from "./cluster.ts";

/** Who gets the spans of events. */
export interface EventTracing {
  send(spans: readonly PastSpan[]): void;
  /** Of the workloads that go well, how many percent are traced. */
  percent: number;
}

/** The span of an event that has come. */
export interface BegunEvent {
  own: TraceContext;
  /** The sender's span, if it said which. */
  parent: TraceContext | undefined;
  /** Milliseconds since the epoch. */
  start: number;
}

/** A span in the sender's trace, or in one of its own, of which the trace's last digits say whether it is sampled. */
export function beginEvent(parent: TraceContext | undefined, start: number): BegunEvent {
  const traceId = parent?.traceId ?? randomBytes(16).toString("hex");
  const own = { traceId, spanId: randomBytes(8).toString("hex"), isSampled: parent?.isSampled === true };
  return { own, parent, start };
}

export interface EventEnd {
  tenant: string;
  kind: EventKind;
  /** HTTP status of the answer. */
  status: number;
  /** What was asked for and made, where a workload was. */
  made?: { workload: NewWorkload; created: Created } | undefined;
  /** Milliseconds since the epoch. */
  end: number;
  percent: number;
}

/**
 * The span to send: of an event that made a workload which is sampled, or that could not be delivered. Refusals have none:
 * whoever has no token could send any number of them.
 */
export function eventSpan({ own, parent, start }: BegunEvent, event: EventEnd): PastSpan | undefined {
  const { tenant, kind, status, made, end, percent } = event;
  const annotations = made?.workload.metadata.annotations ?? {};
  const isSampled = made !== undefined && workloadTrace({ metadata: { annotations } }, percent).isSampled;
  if (!isSampled && status < 500) return undefined;
  return {
    traceId: own.traceId,
    spanId: own.spanId,
    parentId: parent?.spanId,
    name: `POST /{tenant}/${kind}`,
    isServer: true,
    start,
    end,
    attributes: {
      [TRACE_ATTRIBUTES.tenant]: tenantNamespace(tenant),
      "http.request.method": "POST",
      "http.route": `/{tenant}/${kind}`,
      "http.response.status_code": status,
      ...(made ? attributesOf(made.workload, made.created) : {}),
    },
    ...(status >= 500 ? { error: String(status) } : {}),
  };
}

/** The context that the workload is a part of. */
export const contextFor = ({ own }: BegunEvent): string => traceparentOf(own);

function attributesOf(workload: NewWorkload, created: Created): Record<string, string | number> {
  // Admission has held it to its schema.
  const { jobId, orchestration } = workload.spec as Partial<AgentWorkload["spec"]>;
  const name = created.metadata?.name ?? workload.metadata.name ?? "";
  return {
    [TRACE_ATTRIBUTES.workload]: name,
    [TRACE_ATTRIBUTES.jobId]: jobId ?? name,
    [TRACE_ATTRIBUTES.template]: orchestration?.workflowTemplateRef?.name ?? DEFAULT_WORKFLOW_TEMPLATE,
    [TRACE_ATTRIBUTES.attempt]: 0,
  };
}
