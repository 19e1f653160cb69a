// Records the spans of a process that does one thing, and sends them as it goes on. OpenTelemetry's own API makes them.
import { type Attributes, context, type SpanContext, TraceFlags, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type ReadableSpan,
  type Span,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { type CollectorOptions, createExporter, programResource } from "./exporter.ts";

/** More spans than this wait for nobody: they are lost. */
const MAX_QUEUE = 2048;

/** Milliseconds between two batches: what a killed process loses. */
const INTERVAL_MS = 1000;

export interface RecorderOptions extends CollectorOptions {
  /** Name of the program. */
  name: string;
  /** Attributes of every span. */
  attributes: Attributes;
  /** Whether spans are sent as they end; otherwise they are held, and sent only where the process fails. */
  isSampled: boolean;
}

export interface Recorder {
  /** Sends what there is, and records no more. */
  end(outcome: { hasFailed: boolean }): Promise<void>;
}

/** The context of a span that another process has made, as parent of this one's spans. */
export const remoteSpan = (ids: Pick<SpanContext, "traceId" | "spanId">): SpanContext => ({
  ...ids,
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
});

/** Makes OpenTelemetry's API record this process' spans. */
export function startRecording({ name, attributes, isSampled, ...collector }: RecorderOptions): Recorder {
  const exporter = createExporter(collector);
  const held = new HeldSpans(exporter);
  const sender = isSampled
    ? new BatchSpanProcessor({
        exporter,
        maxQueueSize: MAX_QUEUE,
        scheduledDelayMillis: INTERVAL_MS,
        exportTimeoutMillis: collector.timeoutMs,
      })
    : held;
  const provider = new TracerProvider({
    resource: programResource(name),
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new CommonAttributes(attributes), sender],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return {
    end: async ({ hasFailed }) => {
      if (hasFailed) await held.send();
      // Spans that nobody takes are lost; their process has ended as it has.
      await provider.shutdown().catch(() => {});
      trace.disable();
      context.disable();
    },
  };
}

class CommonAttributes implements SpanProcessor {
  readonly #attributes: Attributes;

  constructor(attributes: Attributes) {
    this.#attributes = attributes;
  }

  onStart(span: Span): void {
    span.setAttributes(this.#attributes);
  }

  onEnd(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

/** Spans that wait for how their process ends. */
class HeldSpans implements SpanProcessor {
  readonly #exporter: OTLPTraceExporter;
  readonly #spans: ReadableSpan[] = [];

  constructor(exporter: OTLPTraceExporter) {
    this.#exporter = exporter;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#spans.length < MAX_QUEUE) this.#spans.push(span);
  }

  async send(): Promise<void> {
    if (this.#spans.length > 0) await new Promise((resolve) => this.#exporter.export(this.#spans, resolve));
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }
}
