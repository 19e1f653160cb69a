// The receiver's metrics for Prometheus and its health endpoints for the kubelet.
import { createServer, type Server } from "node:http";
import { EVENT_KINDS } from "@agentic/api/webhook.ts";
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";

export type Metrics = ReturnType<typeof createMetrics>;

/** The metrics, in a registry of their own. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const events = new Counter({
    name: "agentic_events_total",
    help: "Requests to the webhook, by kind of event and HTTP status.",
    labelNames: ["kind", "status"],
    registers,
  });
  // Of a series that begins with 1, no rate sees the first.
  for (const kind of EVENT_KINDS) for (const status of ["200", "503"]) events.inc({ kind, status }, 0);
  const spans = new Counter({
    name: "agentic_spans_total",
    help: "Spans of events, by whether the collector has taken them.",
    labelNames: ["result"],
    registers,
  });
  for (const result of ["sent", "lost"]) spans.inc({ result }, 0);
  return {
    registry,
    events,
    spans,
    seconds: new Histogram({
      name: "agentic_event_seconds",
      help: "From a request's head to its answer, by kind of event.",
      labelNames: ["kind"],
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 10],
      registers,
    }),
  };
}

/** Answers /metrics, /healthz and /readyz; `ready` says whether events are accepted. */
export function metricsServer(registry: Registry, ready: () => boolean): Server {
  return createServer(async (request, response) => {
    const answer = (status: number, text: string, type = "text/plain; charset=utf-8") => {
      response.writeHead(status, { "content-type": type }).end(text);
    };
    const path = request.url?.split("?")[0];
    if (path === "/metrics") answer(200, await registry.metrics(), registry.contentType);
    else if (path === "/healthz") answer(200, "ok\n");
    else if (path === "/readyz") answer(ready() ? 200 : 503, ready() ? "ok\n" : "ending\n");
    else answer(404, "there is /metrics, /healthz and /readyz\n");
  });
}
