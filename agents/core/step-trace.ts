// Records the spans of a step's process, as a part of its workload's trace. Loaded only where a collector takes them.
import { attemptSpanId, TRACE_ATTRIBUTES } from "@agentic/api/trace.ts";
import { remoteSpan, startRecording } from "@agentic/tracing/tracer.ts";
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { Settings, Tracing } from "./config.ts";
import { markFailed } from "./traced.ts";
import { authorityFor } from "./trust.ts";

/** Milliseconds for a batch: a collector that doesn't answer costs a step no more at its end. */
const TIMEOUT_MS = 1_000;

export interface StepTrace {
  /** Runs the step within its span. */
  within<T>(action: () => Promise<T>): Promise<T>;
  /** Ends the span of the process' start, during which it has loaded its modules and connected. */
  ready(): void;
  end(error?: unknown): Promise<void>;
}

/** Begins the step's trace, at the time when the process has started. */
export function beginStepTrace(settings: Settings, { collectorUrl, parent, template }: Tracing): StepTrace {
  const { step, jobId, namespace, attempt, workflowUid, pod } = settings;
  const recorder = startRecording({
    name: "agents",
    url: collectorUrl,
    ca: authorityFor(settings, collectorUrl),
    timeoutMs: TIMEOUT_MS,
    isSampled: parent.isSampled,
    attributes: {
      [TRACE_ATTRIBUTES.jobId]: jobId,
      [TRACE_ATTRIBUTES.tenant]: namespace,
      [TRACE_ATTRIBUTES.template]: template,
      [TRACE_ATTRIBUTES.step]: step,
      [TRACE_ATTRIBUTES.attempt]: attempt,
    },
  });
  const tracer = trace.getTracer("@agentic/agents");
  const ofAttempt = remoteSpan({ traceId: parent.traceId, spanId: attemptSpanId(workflowUid, pod) });
  const startTime = performance.timeOrigin;
  const attributes = { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": step };
  const span = tracer.startSpan(
    `invoke_agent ${step}`,
    { startTime, attributes },
    trace.setSpanContext(ROOT_CONTEXT, ofAttempt),
  );
  const ofStep = trace.setSpan(ROOT_CONTEXT, span);
  const start = tracer.startSpan("start", { startTime }, ofStep);
  const ready = () => {
    if (start.isRecording()) start.end();
  };
  return {
    within: async (action) => await context.with(ofStep, action),
    ready,
    end: async (error) => {
      if (error !== undefined) markFailed(span, error);
      ready();
      span.end();
      await recorder.end({ hasFailed: error !== undefined });
    },
  };
}
