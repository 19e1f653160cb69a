// The client of one API server: JSON over kept-alive connections, no object model. Watches have connections of their own.
import type { Connection } from "../connection/connection.ts";
import { Transport, type TransportOptions, type TransportRequest } from "../connection/transport.ts";
import { ApiError, errorOf } from "./api-error.ts";
import { lines } from "./lines.ts";
import { type ListOptions, pages } from "./list.ts";
import { type Query, withQuery } from "./query.ts";

/** How a request ended, for metrics. */
export interface Ended {
  /** HTTP's method. */
  verb: string;
  /** HTTP's code, or `error` if no answer came. */
  code: string;
  seconds: number;
  path: string;
}

export type Observer = (ended: Ended) => void;

const MERGE_PATCH = "application/merge-patch+json";
export const JSON_PATCH = "application/json-patch+json";
export const APPLY_PATCH = "application/apply-patch+yaml";

/** Why a request failed, and how often it had failed before. */
export interface Failure {
  error: Error;
  /** 0 for the first time. */
  attempt: number;
}

export interface ClientOptions extends TransportOptions {
  /** Milliseconds of silence, before or within an answer, after which a request fails; default 15 s, 0 for no limit. */
  timeoutMs?: number;
  /** Milliseconds of silence after which a watch fails; default 150 s, since a bookmark comes each minute. */
  watchSilenceMs?: number;
  observe?: Observer;
  /** Reads the API server's JSON; default JSON.parse. */
  parse?: (text: string) => unknown;
  /** Milliseconds until a failed request is sent again, undefined to give up; default {@link onClosedConnection}. */
  retry?: (failure: Failure) => number | undefined;
}

export interface RequestOptions {
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  /** Default `application/json`. */
  contentType?: string;
  /** Default `application/json`. */
  accept?: string;
  /** As the client's option, for this request. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Called before each try, and again once it has a connection: if it rejects, the request isn't sent. */
  fence?: () => Promise<void>;
}

export type WriteOptions = Omit<RequestOptions, "body">;

const defaultTimeoutMs = 15_000;
const defaultWatchSilenceMs = 150_000;

/** What an informer calls. */
export type Watches = Pick<Client, "get" | "watch">;
/** What a controller calls. */
export type KubeApi = Watches & Pick<Client, "create" | "replace" | "patch" | "delete">;

export class Client {
  /** Address of the API server. */
  readonly server: string;
  readonly #requests: Transport;
  readonly #watches: Transport;
  readonly #options: ClientOptions;

  /** Throws if the environment names a proxy that isn't valid. */
  constructor(connection: Connection, options: ClientOptions = {}) {
    const { connections: _, ...unlimited } = options;
    this.server = connection.server;
    this.#options = options;
    this.#requests = new Transport(connection, options);
    this.#watches = new Transport(connection, unlimited);
  }

  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
    return this.request("GET", path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) });
  }

  /** All objects of a collection, page by page. */
  async list<T>(path: string, options: ListOptions = {}): Promise<T[]> {
    const items: T[] = [];
    for await (const page of pages<T>(this, path, options)) items.push(...(page.items ?? []));
    return items;
  }

  create<T>(path: string, body: unknown, options: WriteOptions = {}): Promise<T> {
    return this.request("POST", path, { ...options, body });
  }

  /** Replaces an object; a stale `metadata.resourceVersion` is refused with 409. */
  replace<T>(path: string, body: unknown, options: WriteOptions = {}): Promise<T> {
    return this.request("PUT", path, { ...options, body });
  }

  /** Sends a patch, by default a JSON merge patch (RFC 7396); a stale `metadata.resourceVersion` is refused with 409. */
  patch<T>(path: string, body: unknown, options: WriteOptions = {}): Promise<T> {
    return this.request("PATCH", path, { contentType: MERGE_PATCH, ...options, body });
  }

  /** Deletes an object; the body is its DeleteOptions. */
  delete<T>(path: string, body?: unknown, options: WriteOptions = {}): Promise<T> {
    return this.request("DELETE", path, { ...options, body });
  }

  /** The parsed answer. Throws an ApiError for a refusal, and the transport's error if no answer comes. */
  async request<T>(method: TransportRequest["method"], path: string, options: RequestOptions = {}): Promise<T> {
    const { parse = JSON.parse, retry = onClosedConnection } = this.#options;
    const request = this.#request(method, path, options);
    const started = performance.now();
    const done = (code: string) =>
      this.#options.observe?.({ verb: method, code, seconds: (performance.now() - started) / 1000, path });
    for (let attempt = 0; ; attempt++) {
      try {
        await options.fence?.();
        const { statusCode, headers, body: answer } = await this.#requests.request(request);
        const text = await answer.text();
        done(String(statusCode));
        if (statusCode >= 300) throw errorOf(statusCode, headers, text);
        return parse(text) as T;
      } catch (error) {
        const wait = retry({ error: error as Error, attempt });
        if (wait === undefined) {
          if (!(error instanceof ApiError)) done("error");
          throw error;
        }
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** The bytes of an answer that isn't JSON, as they arrive. Throws an ApiError for a refusal. */
  async *bytes(path: string, options: Omit<RequestOptions, "body" | "fence"> = {}): AsyncGenerator<Buffer> {
    const started = performance.now();
    let code = "error";
    try {
      const response = await this.#requests.request(this.#request("GET", path, { accept: "*/*", ...options }));
      code = String(response.statusCode);
      if (response.statusCode >= 300) throw errorOf(response.statusCode, response.headers, await response.body.text());
      yield* response.body as AsyncIterable<Buffer>;
    } finally {
      this.#options.observe?.({ verb: "GET", code, seconds: (performance.now() - started) / 1000, path });
    }
  }

  /** The events of a watch, one JSON document a line, until the server ends it or the signal aborts. */
  async *watch<T>(path: string, query: Query, signal: AbortSignal): AsyncGenerator<T> {
    const { parse = JSON.parse, watchSilenceMs: bodyTimeout = defaultWatchSilenceMs } = this.#options;
    const request = this.#request("GET", path, { query: { ...query, watch: true }, signal });
    const { statusCode, headers, body } = await this.#watches.request({ ...request, bodyTimeout });
    if (statusCode !== 200) throw errorOf(statusCode, headers, await body.text());
    for await (const line of lines(body as AsyncIterable<Buffer>)) yield parse(line) as T;
  }

  /** Ends its connections once every request is answered; watches end at once. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.close(), this.#watches.destroy()]);
  }

  /** Ends its connections at once; requests without a full answer fail. */
  async destroy(): Promise<void> {
    await Promise.all([this.#requests.destroy(), this.#watches.destroy()]);
  }

  #request(method: TransportRequest["method"], path: string, options: RequestOptions): TransportRequest {
    const { query, body, contentType = "application/json", accept = "application/json", signal, fence } = options;
    const silence = options.timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs;
    return {
      method,
      path: withQuery(path, query),
      headers: { accept, ...(body === undefined ? {} : { "content-type": contentType }) },
      headersTimeout: silence,
      bodyTimeout: silence,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
      ...(fence ? { fence } : {}),
    };
  }
}

/**
 * Sends a request once more if its connection was closed: the server may close an idle one just as it is used again. For writes that
 * are safe to repeat: by names that are deterministic, or with the version that they are based on.
 */
export function onClosedConnection({ error, attempt }: Failure): number | undefined {
  return attempt === 0 && (error as NodeJS.ErrnoException).code === "UND_ERR_SOCKET" ? 0 : undefined;
}
