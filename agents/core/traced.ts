// Spans of what a step does. Without a recorder, OpenTelemetry's API makes none, and each call is just the action.
import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

export interface TracedOptions {
  attributes?: Attributes;
  /** Whether the action asks a service. */
  isCall?: boolean;
}

/** Runs the action within a span. No attribute may have text of pages, prompts or answers; of an error only its name is kept. */
export async function traced<T>(
  name: string,
  { attributes = {}, isCall = false }: TracedOptions,
  action: (span: Span) => Promise<T>,
): Promise<T> {
  const options = { attributes, kind: isCall ? SpanKind.CLIENT : SpanKind.INTERNAL };
  return await trace.getTracer("@agentic/agents").startActiveSpan(name, options, async (span) => {
    try {
      return await action(span);
    } catch (error) {
      markFailed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Says in the span what kind of error ended it. */
export function markFailed(span: Span, error: unknown): void {
  const type = error instanceof Error ? error.name : "Error";
  span.setStatus({ code: SpanStatusCode.ERROR, message: type });
  span.setAttribute("error.type", type);
}
