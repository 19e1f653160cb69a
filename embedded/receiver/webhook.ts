// The webhook's HTTP server: one event per request, answered once its AgentWorkload is created.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { cut } from "@agentic/api/text.ts";
import { EVENTS, type EventKind, WEBHOOK } from "@agentic/api/webhook.ts";
import { ApiError } from "@agentic/kube/client/api-error.ts";
import type { Logger } from "pino";
import { Refusal, readBody } from "./body.ts";
import type { Cluster } from "./cluster.ts";
import { workloadOfBody } from "./event.ts";
import type { Metrics } from "./metrics.ts";
import type { Token } from "./token.ts";

export interface WebhookOptions {
  cluster: Pick<Cluster, "create">;
  token: Pick<Token, "accepts">;
  metrics: Metrics;
  log: Logger;
  /** Largest body in bytes. */
  maxBodyBytes: number;
}

interface Reply {
  status: number;
  body: Record<string, unknown>;
}

/** Milliseconds that a refused body may still be sent after its answer. */
const lingerMs = 1_000;

const kinds = new Map(Object.entries(EVENTS).map(([kind, path]) => [path as string, kind as EventKind]));
const paths = [...kinds.keys()].join(" and ");

/** The server, not listening yet. Slow and silent connections are closed. */
export function webhookServer(options: WebhookOptions): Server {
  return createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 30_000 },
    (request, response) => {
      void answer(request, response, options);
    },
  );
}

async function answer(request: IncomingMessage, response: ServerResponse, options: WebhookOptions): Promise<void> {
  const started = performance.now();
  const path = request.url?.split("?")[0] ?? "";
  if (path === WEBHOOK.healthPath) return send(request, response, { status: 200, body: { status: "ok" } });
  const kind = kinds.get(path);
  const { metrics, log } = options;
  const reply = await handle(kind, request, options).catch((error: unknown): Reply => {
    if (error instanceof Refusal) return { status: error.status, body: { error: error.message } };
    log.error({ err: error, kind }, "an event could not be delivered");
    return { status: 503, body: { error: "the event could not be delivered: try again" } };
  });
  const { status } = reply;
  if (status !== 503) log.info({ kind, path: kind ? undefined : cut(path, 100), status, ...reply.body }, "event");
  metrics.events.inc({ kind: kind ?? "none", status: String(status) });
  if (kind) metrics.seconds.observe({ kind }, (performance.now() - started) / 1000);
  send(request, response, reply);
}

async function handle(kind: EventKind | undefined, request: IncomingMessage, options: WebhookOptions): Promise<Reply> {
  if (!kind) throw new Refusal(404, `this path does not exist: use ${paths}`);
  if (!(await options.token.accepts(request.headers.authorization)))
    throw new Refusal(401, "send the webhook's token as 'Authorization: Bearer <token>'");
  if (request.method !== "POST") throw new Refusal(405, "send events by POST");
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded"))
    throw new Refusal(415, "send JSON: set the header 'Content-Type: application/json'");
  const workload = workloadOfBody(kind, await readBody(request, options.maxBodyBytes));
  const { namespace, name } = workload.metadata;
  try {
    const { metadata } = await options.cluster.create(workload);
    return { status: 200, body: { accepted: true, namespace, name: metadata?.name ?? name } };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // The same event again, by its name or job id: its workload exists already.
    if (error.status === 409 && error.reason === "AlreadyExists")
      return { status: 200, body: { accepted: true, duplicate: true, namespace, name } };
    throw refused(error, namespace);
  }
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
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
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
