// The identity of a workload's trace: ids that follow from what everybody knows of it, so that nobody has to keep them.
import { createHash } from "node:crypto";
import { ANNOTATIONS } from "./names.ts";
import { TENANT_SETTINGS } from "./tenant-settings.ts";

/** A span, as W3C Trace Context names it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  isSampled: boolean;
}

/** Environment variables of an agent's container, by the names that OpenTelemetry gives them where it has one. */
export const TRACE_ENV = {
  /** Context of the workload's span. */
  context: "TRACEPARENT",
  /** Base URL of the collector; empty: no spans are sent. */
  collector: "OTEL_EXPORTER_OTLP_ENDPOINT",
  /** Name of the template. */
  template: "TEMPLATE",
  /** `true`: spans have what models are asked and answer, redacted. */
  prompts: "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
} as const;

/** Name of the HTTP header. */
export const TRACE_HEADER = "traceparent";

/** Form of the header's value, as a regular expression. */
export const TRACEPARENT_PATTERN = "^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$";

/** The context in the header `traceparent`; undefined where it isn't one. Source: https://www.w3.org/TR/trace-context/#traceparent-header */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const [, traceId = "", spanId = "", flags = ""] = new RegExp(TRACEPARENT_PATTERN).exec(text ?? "") ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId) || text?.startsWith("ff")) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The context as the header has it. */
export function traceparentOf({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}

const hash = (parts: readonly string[]) => createHash("sha256").update(JSON.stringify(parts)).digest("hex");

/** The id of the span of something that has these names. */
export const spanIdOf = (...names: readonly string[]): string => hash(names).slice(0, 16);

/** What of a workload decides its trace. */
interface Traced {
  metadata: { uid?: string; annotations?: Record<string, string> };
}

/** Of a tenant's workloads that go well, how many percent are traced, as its ConfigMap's data say. */
export function percentOf(tenant: Record<string, string> | undefined): number {
  const percent = Number(tenant?.[TENANT_SETTINGS.tracesPercent] ?? 100);
  return Number.isFinite(percent) ? percent : 100;
}

/** The span of the whole workload, and the one that it is a part of: of whoever has submitted it, if that said so. */
export function workloadTrace(
  { metadata: { uid = "", annotations } }: Traced,
  percent: number,
): TraceContext & { parent: TraceContext | undefined } {
  const parent = parseTraceparent(annotations?.[ANNOTATIONS.traceparent]);
  const traceId = parent?.traceId ?? hash([uid]).slice(0, 32);
  // By the trace's last digits, as OpenTelemetry's samplers take it: they are random in every trace.
  const isSampled = parent?.isSampled === true || Number.parseInt(traceId.slice(-8), 16) < (percent / 100) * 2 ** 32;
  return { traceId, spanId: spanIdOf(uid), isSampled, parent };
}

/** The id of the span of an attempt of a step: of its pod, whose name has the step's node in its last part, as the node's id has. */
export const attemptSpanId = (workflowUid: string, podOrNode: string): string =>
  spanIdOf(workflowUid, podOrNode.slice(podOrNode.lastIndexOf("-") + 1));

/** Attributes of every span of a workload. */
export const TRACE_ATTRIBUTES = {
  jobId: "agentic.job.id",
  tenant: "agentic.tenant",
  workload: "agentic.workload",
  template: "agentic.template",
  /** Number of the run, from 0; of spans of a step, of the step's attempt. */
  attempt: "agentic.attempt",
  step: "agentic.step",
} as const;
