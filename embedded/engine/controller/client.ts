// JSON requests to the API server over kept-alive connections; watches have connections of their own.
import { clean, cut } from "@agentic/api/text.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { Transport } from "@agentic/kube/connection/transport.ts";
import { parseJson } from "../core/json.ts";
import { tailBytes } from "../core/text.ts";

/** The API server said no. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export const isStatus = (error: unknown, ...statuses: number[]): error is ApiError =>
  error instanceof ApiError && statuses.includes(error.status);

export type Query = Record<string, string | number | boolean | undefined>;
export type Observe = (verb: string, path: string, status: string, seconds: number) => void;

const TIMEOUT_MS = 15_000;
/** The server ends a watch after five minutes at most; a connection that is silent for longer is dead. */
const SILENCE_MS = 330_000;
/** How long a log may take to be read. */
const STREAM_MS = 60_000;
const AGENT = "agentic-workflow-engine";

function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== "") params.set(key, String(value));
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

function errorOf(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text) as { reason?: string; message?: string };
    return new ApiError(status, body.reason ?? "", body.message ?? `HTTP ${status}`);
  } catch {
    return new ApiError(status, "", `HTTP ${status}: ${cut(clean(text), 200)}`);
  }
}

/** What the controller asks of the API server; tests stand in for it. */
export type Requests = Pick<Client, "get" | "tail" | "create" | "patch" | "delete">;
export type Watches = Pick<Client, "get" | "watch">;

export class Client {
  readonly #requests: Transport;
  readonly #watches: Transport;
  readonly #observe: Observe;

  constructor(connection: Connection, observe: Observe = () => {}, connections = 24) {
    this.#observe = observe;
    this.#requests = new Transport(connection, { userAgent: AGENT, connections });
    this.#watches = new Transport(connection, { userAgent: AGENT });
  }

  async #send(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    query: Query,
    body?: unknown,
    type = "application/json",
  ): Promise<string> {
    const started = performance.now();
    const text = body === undefined ? undefined : JSON.stringify(body);
    for (let attempt = 0; ; attempt++) {
      try {
        const response = await this.#requests.request({
          method,
          path: withQuery(path, query),
          headers: { accept: "application/json", ...(text === undefined ? {} : { "content-type": type }) },
          headersTimeout: TIMEOUT_MS,
          bodyTimeout: TIMEOUT_MS,
          ...(text === undefined ? {} : { body: text }),
        });
        const answer = await response.body.text();
        this.#observe(method, path, String(response.statusCode), (performance.now() - started) / 1000);
        if (response.statusCode >= 300) throw errorOf(response.statusCode, answer);
        return answer;
      } catch (error) {
        // A kept-alive connection may be closed just as it is used. Every write is safe to repeat: names are
        // deterministic, and updates carry the version that they are based on.
        const broken = !(error instanceof ApiError) && (error as { code?: string }).code === "UND_ERR_SOCKET";
        if (broken && attempt === 0) continue;
        if (!(error instanceof ApiError)) this.#observe(method, path, "error", (performance.now() - started) / 1000);
        throw error;
      }
    }
  }

  async get<T>(path: string, query: Query = {}): Promise<T> {
    return parseJson(await this.#send("GET", path, query)) as T;
  }

  /** The last `limit` bytes of a text that may be long; bytes that aren't UTF-8 become U+FFFD. */
  async tail(path: string, query: Query, limit: number): Promise<string> {
    const started = performance.now();
    const signal = AbortSignal.timeout(STREAM_MS);
    let status = "error";
    try {
      const response = await this.#requests.request({
        method: "GET",
        path: withQuery(path, query),
        headers: { accept: "*/*" },
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
        signal,
      });
      status = String(response.statusCode);
      if (response.statusCode >= 300) throw errorOf(response.statusCode, await response.body.text());
      let chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        size += chunk.length;
        if (size < 2 * limit) continue;
        // One byte more than is wanted shows where the last cut has to look for a whole character.
        chunks = [Buffer.concat(chunks).subarray(-limit - 1)];
        size = limit + 1;
      }
      return tailBytes(Buffer.concat(chunks), limit).toString("utf8");
    } finally {
      this.#observe("GET", path, status, (performance.now() - started) / 1000);
    }
  }

  /** Creates an object; a field that the server doesn't know is an error, not a warning. */
  async create<T>(path: string, body: unknown): Promise<T> {
    return parseJson(await this.#send("POST", path, { fieldValidation: "Strict" }, body)) as T;
  }

  /** Changes what a JSON merge patch (RFC 7396) names, and nothing else. */
  async patch<T>(path: string, body: unknown): Promise<T> {
    return parseJson(await this.#send("PATCH", path, {}, body, "application/merge-patch+json")) as T;
  }

  async delete(path: string, options: unknown = {}): Promise<void> {
    await this.#send("DELETE", path, {}, options);
  }

  /** The events of a watch, until the server ends it or `signal` does. */
  async *watch<T>(path: string, query: Query, signal: AbortSignal): AsyncGenerator<T> {
    const response = await this.#watches.request({
      method: "GET",
      path: withQuery(path, { ...query, watch: true }),
      headers: { accept: "application/json" },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: SILENCE_MS,
      signal,
    });
    if (response.statusCode !== 200) throw errorOf(response.statusCode, await response.body.text());
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      let buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10)) {
        if (end > 0) yield parseJson(buffer.toString("utf8", 0, end)) as T;
        buffer = buffer.subarray(end + 1);
      }
      rest = buffer;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#requests.close(), this.#watches.destroy()]);
  }
}
