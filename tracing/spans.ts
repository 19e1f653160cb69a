// A span that has ended already, by all that is known of it, in the form that exporters take.
import { type Attributes, type Link, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";

/** What happened, from when to when. */
export interface PastSpan {
  traceId: string;
  spanId: string;
  parentId?: string | undefined;
  name: string;
  /** Whether it is the answer to somebody's request. */
  isServer?: boolean;
  /** Milliseconds since the epoch. */
  start: number;
  end: number;
  attributes: Attributes;
  /** What kind of error it ended with, if it did. */
  error?: string | undefined;
  /** Ids of spans of the same trace that it follows without being a part of them. */
  follows?: readonly string[];
}

const contextOf = (traceId: string, spanId: string): SpanContext => ({
  traceId,
  spanId,
  traceFlags: TraceFlags.SAMPLED,
});

const timeOf = (ms: number): [number, number] => [Math.trunc(ms / 1000), Math.round((ms % 1000) * 1e6)];

/** The span for an exporter. */
export function readable(span: PastSpan, resource: Resource, scope: string): ReadableSpan {
  const { traceId, parentId, error, follows = [] } = span;
  const end = Math.max(span.start, span.end);
  const links: Link[] = follows.map((spanId) => ({ context: contextOf(traceId, spanId) }));
  return {
    name: span.name,
    kind: span.isServer ? SpanKind.SERVER : SpanKind.INTERNAL,
    spanContext: () => contextOf(traceId, span.spanId),
    ...(parentId ? { parentSpanContext: contextOf(traceId, parentId) } : {}),
    startTime: timeOf(span.start),
    endTime: timeOf(end),
    duration: timeOf(end - span.start),
    status: error ? { code: SpanStatusCode.ERROR, message: error } : { code: SpanStatusCode.UNSET },
    attributes: { ...span.attributes, ...(error ? { "error.type": error } : {}) },
    links,
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: scope },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
