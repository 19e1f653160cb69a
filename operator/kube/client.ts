// The operator's transport to the API server: JSON over kept-alive connections, no object model.
import { retryAfterMs } from "@agentic/api/retry-after.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { Transport } from "@agentic/kube/connection/transport.ts";

/** An answer of the API server that is not a success. */
export class KubeError extends Error {
  readonly status: number;
  /** The `reason` word of the API server's Status object, such as `AlreadyExists`. */
  readonly reason: string;
  /** Milliseconds the server asks to wait before the next try. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfterMs?: number) {
    super(message);
    this.name = "KubeError";
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whether the error is the API server's answer with this HTTP status. */
export function isStatus(error: unknown, status: number): error is KubeError {
  return error instanceof KubeError && error.status === status;
}

const MERGE_PATCH = "application/merge-patch+json";

export type Query = Record<string, string | number | boolean | undefined>;

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
}

/** How a request ended, for metrics. */
export type Observer = (verb: string, code: string, seconds: number) => void;

const REQUEST_TIMEOUT_MS = 15_000;

/** The API server sends a bookmark each minute; where nothing comes for longer, the connection is dead. */
const WATCH_SILENCE_MS = 150_000;

export interface ClientOptions {
  /** Connections for requests; watches have their own. */
  connections?: number;
  /** How long a watch may say nothing. */
  watchSilenceMs?: number;
  observe?: Observer;
}

/** What the operator asks of the API server; a {@link KubeClient} is one. */
export type KubeApi = Pick<KubeClient, "get" | "create" | "update" | "mergePatch" | "delete" | "watch">;

export class KubeClient {
  readonly #requests: Transport;
  readonly #watches: Transport;
  readonly #watchSilenceMs: number;
  readonly #observe: Observer;

  constructor(connection: Connection, options: ClientOptions = {}) {
    const common = { userAgent: "agentic-operator", http2: false };
    this.#requests = new Transport(connection, { ...common, connections: options.connections ?? 12 });
    this.#watches = new Transport(connection, common);
    this.#watchSilenceMs = options.watchSilenceMs ?? WATCH_SILENCE_MS;
    this.#observe = options.observe ?? (() => {});
  }

  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
    return this.#request("GET", path, { query, signal });
  }

  create<T>(path: string, body: unknown): Promise<T> {
    return this.#request("POST", path, { body });
  }

  update<T>(path: string, body: unknown): Promise<T> {
    return this.#request("PUT", path, { body });
  }

  /** A JSON merge patch (RFC 7396); with `metadata.resourceVersion` in it a stale one is refused with 409. */
  mergePatch<T>(path: string, body: unknown): Promise<T> {
    return this.#request("PATCH", path, { body, contentType: MERGE_PATCH });
  }

  delete<T>(path: string, body?: unknown): Promise<T> {
    return this.#request("DELETE", path, { body });
  }

  /** The events of a watch, one parsed JSON document per line, until the server ends it or the signal aborts. */
  async *watch<T>(path: string, query: Query, signal: AbortSignal): AsyncGenerator<T> {
    const response = await this.#watches.request({
      method: "GET",
      path: withQuery(path, { ...query, watch: true }),
      headers: headers(),
      headersTimeout: REQUEST_TIMEOUT_MS,
      bodyTimeout: this.#watchSilenceMs,
      signal,
    });
    if (response.statusCode !== 200) throw await failure(response.statusCode, response.headers, response.body);
    let rest: Buffer | undefined;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      let buffer = rest ? Buffer.concat([rest, chunk]) : chunk;
      let end = buffer.indexOf(10);
      while (end >= 0) {
        if (end > 0) yield JSON.parse(buffer.toString("utf8", 0, end)) as T;
        buffer = buffer.subarray(end + 1);
        end = buffer.indexOf(10);
      }
      rest = buffer.length > 0 ? buffer : undefined;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#requests.close(), this.#watches.destroy()]);
  }

  async #request<T>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    options: RequestOptions,
  ): Promise<T> {
    const started = performance.now();
    const done = (code: string) => this.#observe(method, code, (performance.now() - started) / 1000);
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const contentType = body === undefined ? undefined : (options.contentType ?? "application/json");
    for (let attempt = 0; ; attempt++) {
      try {
        const response = await this.#requests.request({
          method,
          path: withQuery(path, options.query),
          headers: headers(contentType),
          headersTimeout: REQUEST_TIMEOUT_MS,
          bodyTimeout: REQUEST_TIMEOUT_MS,
          ...(body === undefined ? {} : { body }),
          ...(options.signal ? { signal: options.signal } : {}),
        });
        done(String(response.statusCode));
        if (response.statusCode >= 300) throw await failure(response.statusCode, response.headers, response.body);
        return (await response.body.json()) as T;
      } catch (error) {
        if (error instanceof KubeError) throw error;
        // The server may close an idle connection just as it is used again. All that the operator sends is safe to
        // repeat: names are deterministic and patches carry a resourceVersion.
        if (attempt === 0 && (error as { code?: string }).code === "UND_ERR_SOCKET") continue;
        done("error");
        throw error;
      }
    }
  }
}

const headers = (contentType?: string): Record<string, string> => ({
  accept: "application/json",
  ...(contentType ? { "content-type": contentType } : {}),
});

function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (pairs.length === 0) return path;
  return `${path}?${new URLSearchParams(Object.fromEntries(pairs.map(([key, value]) => [key, String(value)])))}`;
}

async function failure(
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: { text(): Promise<string> },
): Promise<KubeError> {
  const text = await body.text();
  const wait = retryAfterMs([headers["retry-after"]].flat()[0]);
  try {
    const answer = JSON.parse(text) as { reason?: string; message?: string };
    return new KubeError(status, answer.reason ?? "", answer.message ?? `HTTP ${status}`, wait);
  } catch {
    return new KubeError(status, "", `HTTP ${status}: ${cut(clean(text), 200)}`, wait);
  }
}
