// The webhook's HTTP server: one event per request, answered once its AgentWorkload is created.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { cut } from "@agentic/api/text.ts";
import { parseTraceparent, TRACE_HEADER, workloadTrace } from "@agentic/api/trace.ts";
import {
  EVENT_KINDS,
  type EventKind,
  eventPath,
  type NewWorkload,
  TENANT_PATTERN,
  WEBHOOK,
} from "@agentic/api/webhook.ts";
import { ApiError } from "@agentic/kube/client/api-error.ts";
import type { Logger } from "pino";
import { parseBody, Refusal, readBody } from "./body.ts";
import type { Cluster, Created } from "./cluster.ts";
import { workloadOfBody } from "./event.ts";
import { beginEvent, contextFor, type EventTracing, eventSpan } from "./event-span.ts";
import type { Metrics } from "./metrics.ts";
import { checkBearer, checkSignature, deliveryIdOf, signedOf } from "./sender.ts";
import type { Tokens } from "./tokens.ts";

export interface WebhookOptions {
  cluster: Pick<Cluster, "create" | "isKnown" | "remember">;
  tokens: Pick<Tokens, "of">;
  /** Names of the tenants whose senders send the token itself. */
  unsigned: readonly string[];
  metrics: Metrics;
  log: Logger;
  /** Absent: nobody takes spans. */
  tracing?: EventTracing | undefined;
  /** Largest body in bytes. */
  maxBodyBytes: number;
  /** Who makes the workloads, as the API server knows them. */
  submittedBy: string;
  /** Milliseconds since 1970; default the system's clock. */
  now?: () => number;
}

/** A tenant's webhook for a kind of event. */
interface Target {
  tenant: string;
  kind: EventKind;
}

interface Reply {
  status: number;
  body: Record<string, unknown>;
  /** The workload that it has created. */
  made?: { workload: NewWorkload; created: Created };
}

/** Milliseconds that a refused body may still be sent after its answer. */
const lingerMs = 1_000;

/** Whoever is let in only by a signature of the body has it read first: so many bodies may be in memory at a time. */
const maxConnections = 256;

const tenantName = new RegExp(TENANT_PATTERN);
const paths = EVENT_KINDS.map((kind) => eventPath("<tenant>", kind)).join(" and ");

/** The server, not listening yet. Slow and silent connections are closed. */
export function webhookServer(options: WebhookOptions): Server {
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 30_000 },
    (request, response) => {
      void answer(request, response, options);
    },
  );
  server.maxConnections = maxConnections;
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: WebhookOptions): Promise<void> {
  const started = performance.now();
  const path = request.url?.split("?")[0] ?? "";
  if (path === WEBHOOK.healthPath) return send(request, response, { status: 200, body: { status: "ok" } });
  const target = targetOf(path);
  const { metrics, log, tracing, now = Date.now } = options;
  const sent = traceparentIn(request.headers);
  const event = target && tracing ? beginEvent(parseTraceparent(sent), now()) : undefined;
  const traceparent = event ? contextFor(event) : sent;
  const reply = await handle(target, request, { ...options, traceparent }).catch((error: unknown): Reply => {
    if (error instanceof Refusal) return { status: error.status, body: { error: error.message } };
    log.error(
      { err: error, ...target, traceId: event?.own.traceId, spanId: event?.own.spanId },
      "an event could not be delivered",
    );
    return { status: 503, body: { error: "the event could not be delivered: try again" } };
  });
  const { status, made } = reply;
  if (status !== 503)
    log.info(
      {
        ...target,
        path: target ? undefined : cut(path, 100),
        status,
        ...reply.body,
        ...whose(made),
        spanId: event?.own.spanId,
      },
      "event",
    );
  metrics.events.inc({ kind: target?.kind ?? "none", status: String(status) });
  if (target) metrics.seconds.observe({ kind: target.kind }, (performance.now() - started) / 1000);
  if (target && event && tracing) {
    const span = eventSpan(event, { ...target, status, made, end: now(), percent: tracing.percent });
    if (span) tracing.send([span]);
  }
  send(request, response, reply);
}

/** Fields of the log's line: what it is about, by the names that all programs use. */
function whose(made: Reply["made"]): Record<string, unknown> {
  if (!made) return {};
  const { workload, created } = made;
  const { metadata = {} } = created;
  return { jobId: workload.spec.jobId ?? metadata.name, traceId: workloadTrace({ metadata }, 0).traceId };
}

/** What a path leads to: also for a tenant that there isn't, which has no token. */
function targetOf(path: string): Target | undefined {
  const [, tenant = ""] = path.split("/");
  const kind = EVENT_KINDS.find((other) => path === eventPath(tenant, other));
  return kind && tenantName.test(tenant) ? { tenant, kind } : undefined;
}

async function handle(
  target: Target | undefined,
  request: IncomingMessage,
  {
    cluster,
    tokens,
    unsigned,
    maxBodyBytes,
    submittedBy,
    now = Date.now,
    traceparent,
  }: WebhookOptions & { traceparent: string | undefined },
): Promise<Reply> {
  if (!target) throw new Refusal(404, `this path does not exist: use ${paths}`);
  const { tenant, kind } = target;
  if (request.method !== "POST") throw new Refusal(405, "send events by POST");
  const { headers } = request;
  const own = await tokens.of(tenant);
  const signed = unsigned.includes(tenant) ? undefined : signedOf(headers, now());
  if (!signed) checkBearer(headers, own);
  const body = await readBody(request, maxBodyBytes);
  if (signed) checkSignature(signed, body, own);
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded"))
    throw new Refusal(415, "send JSON: set the header 'Content-Type: application/json'");
  const workload = workloadOfBody(kind, parseBody(body), {
    tenant,
    id: deliveryIdOf(headers),
    traceparent,
    submittedBy,
  });
  const { namespace, name } = workload.metadata;
  const duplicate = { status: 200, body: { accepted: true, duplicate: true, namespace, name } };
  const delivery = signed && { tenant, id: signed.id };
  if (delivery && (await cluster.isKnown(delivery))) return duplicate;
  const reply = await cluster.create(workload).then(
    (created): Reply => ({
      status: 200,
      body: { accepted: true, namespace, name: created.metadata?.name ?? name },
      made: { workload, created },
    }),
    (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      // The same event again, by its name, its job id or its delivery: its workload exists already.
      if (error.status === 409 && error.reason === "AlreadyExists") return duplicate;
      throw refused(error, namespace);
    },
  );
  // Once the workload is there: a delivery that is cut off before is tried again, and one that is cut off here meets its workload.
  if (delivery) await cluster.remember(delivery, now());
  return reply;
}

/** The sender's trace; undefined where the header is none that W3C Trace Context allows. */
function traceparentIn({ [TRACE_HEADER]: header }: IncomingHttpHeaders): string | undefined {
  return typeof header === "string" && parseTraceparent(header) ? header : undefined;
}

/** The error for a caller whose workload the API server refused. */
function refused({ status, message }: ApiError, namespace: string): Error {
  if (status === 403 && /is forbidden: User .* cannot create/.test(message))
    return new Refusal(403, `namespace ${namespace} takes no events: is the tenant's name right?`);
  if (status === 403 || status === 404) return new Refusal(403, message);
  if (status === 400 || status === 422) return new Refusal(400, message);
  if (status === 429) return new Refusal(429, "too many events at once: try again later");
  return new Error(`${status} ${message}`);
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Reply): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...(status === 401 ? { "www-authenticate": "Bearer, StandardWebhooks" } : {}),
    ...(status === 405 ? { allow: "POST" } : {}),
    ...(status === 503 || status === 429 ? { "retry-after": "5" } : {}),
  });
  response.end(text);
  // Node discards the rest of the body so that the answer arrives, but only for a limited time.
  if (!request.complete)
    setTimeout(() => {
      if (!request.complete) request.destroy();
    }, lingerMs).unref();
}
