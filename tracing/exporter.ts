// Sends spans by OTLP over HTTP. A collector that is away costs nothing but the spans.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";

/** Where spans go, and whose they are. */
export interface CollectorOptions {
  /** Base URL of the collector: spans go to `/v1/traces` there. */
  url: string;
  /** PEM of the authority to trust alone. Default: the public ones. */
  ca?: string | undefined;
  /** Milliseconds for sending one batch, its retries among them. */
  timeoutMs: number;
}

/** An exporter of a connection that is kept. */
export function createExporter({ url, ca, timeoutMs }: CollectorOptions): OTLPTraceExporter {
  return new OTLPTraceExporter({
    url: `${url.replace(/\/$/, "")}/v1/traces`,
    timeoutMillis: timeoutMs,
    // More at the same time are given up at once.
    concurrencyLimit: 8,
    httpAgentOptions: { keepAlive: true, ...(ca ? { ca } : {}) },
  });
}

/** What a program says of itself with its spans. */
export const programResource = (name: string): Resource => resourceFromAttributes({ "service.name": name });
