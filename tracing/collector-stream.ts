// Sends the lines of a log by OTLP over HTTP. A collector that is away costs nothing but the lines there.
import { type Context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { programResource } from "./exporter.ts";
import { remoteSpan } from "./tracer.ts";

/** More lines than this wait for nobody: they are lost there. */
const MAX_QUEUE = 2048;

const INTERVAL_MS = 1_000;
const TIMEOUT_MS = 5_000;

const severities: Readonly<Record<string, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

export interface CollectorStream {
  /** Takes one line of JSON, as pino writes it. */
  write(line: string): void;
  close(): Promise<void>;
}

/** `url`: base URL of the collector, whose certificate is of a public authority; lines go to `/v1/logs` there. */
export function collectorStream({ program, url }: { program: string; url: string }): CollectorStream {
  const exporter = new OTLPLogExporter({
    url: `${url.replace(/\/$/, "")}/v1/logs`,
    timeoutMillis: TIMEOUT_MS,
    httpAgentOptions: { keepAlive: true },
  });
  const provider = new LoggerProvider({
    resource: programResource(program),
    processors: [
      new BatchLogRecordProcessor({
        exporter,
        maxQueueSize: MAX_QUEUE,
        scheduledDelayMillis: INTERVAL_MS,
        exportTimeoutMillis: TIMEOUT_MS,
      }),
    ],
  });
  const logger = provider.getLogger(`@agentic/${program}`);
  return {
    write: (line) => {
      const { level, time, msg, traceId, spanId, ...attributes } = JSON.parse(line);
      logger.emit({
        timestamp: Date.parse(time),
        severityNumber: severities[level] ?? SeverityNumber.UNSPECIFIED,
        severityText: level,
        body: msg,
        attributes,
        context: contextOf(traceId, spanId),
      });
    },
    // Lines that nobody takes are lost there; standard output has them.
    close: async () => await provider.shutdown().catch(() => {}),
  };
}

const contextOf = (traceId: unknown, spanId: unknown): Context =>
  typeof traceId === "string" && typeof spanId === "string"
    ? trace.setSpanContext(ROOT_CONTEXT, remoteSpan({ traceId, spanId }))
    : ROOT_CONTEXT;
