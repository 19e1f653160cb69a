// Requests to one API server over kept-alive connections, with its path, its headers, and whoever the client is at the moment.
import type { Readable } from "node:stream";
import { type Connection, type Credentials, CredentialsError } from "./connection.ts";
import { type EnvironmentProxy, proxyFromEnvironment } from "./environment-proxy.ts";
import type { PoolOptions } from "./proxy.ts";
import { tlsOptions } from "./tls.ts";
import { type Dispatcher, Pool } from "./undici.ts";

/** One request; the path is the API's own, such as `/api/v1/namespaces?limit=1`. */
export interface TransportRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /**
   * Is asked when a connection is there and the request's first byte is about to go out: what it rejects with keeps the request from
   * being sent. For requests with a body.
   */
  fence?: () => Promise<void>;
  signal?: AbortSignal;
  /** Milliseconds to wait for the answer's beginning; 0 for ever. */
  headersTimeout?: number;
  /** Milliseconds of silence that end an answer; 0 for never. */
  bodyTimeout?: number;
}

export interface TransportOptions extends Partial<PoolOptions> {
  /** Value of the User-Agent header. */
  userAgent?: string;
  /** Is asked for a proxy where the connection has none. */
  env?: NodeJS.ProcessEnv;
  /**
   * Whether HTTP/2 is spoken where the server does; default true. Without it each of many small requests costs a quarter less CPU time,
   * and there are as many connections as requests at once. A proxy's connections don't heed it.
   */
  http2?: boolean;
}

/** Milliseconds; a server further away than this is one that can't be worked with. */
const connectTimeoutMs = 5_000;

export class Transport {
  /** URL of the API server, as the connection says. */
  readonly server: string;
  readonly #connection: Connection;
  readonly #origin: string;
  /** Path of the server's URL, without a slash at its end. */
  readonly #prefix: string;
  readonly #options: TransportOptions;
  readonly #proxy: EnvironmentProxy | undefined;
  #pool: { dispatcher: Dispatcher; credentials: Credentials } | undefined;
  #closed = false;

  /** Throws where the environment names a proxy that is none. */
  constructor(connection: Connection, options: TransportOptions = {}) {
    const server = new URL(connection.server);
    const { origin, pathname } = server;
    const { proxy } = connection;
    this.#proxy = proxy ? { url: proxy, variable: "proxy-url" } : proxyFromEnvironment(server, options.env);
    this.server = connection.server;
    this.#connection = connection;
    this.#origin = origin;
    this.#prefix = pathname.replace(/\/+$/, "");
    this.#options = options;
  }

  /**
   * The answer, whatever its status. After a 401 it is asked once more if there are other credentials by then. Rejects with a
   * CredentialsError where there is nothing to show, and with undici's error where no answer comes.
   */
  async request(request: TransportRequest): Promise<Dispatcher.ResponseData> {
    const { credentials: source } = this.#connection;
    const credentials =
      (await source?.().catch((error: Error) => {
        throw new CredentialsError(error.message);
      })) ?? {};
    const answer = await this.#send(request, credentials);
    if (answer.statusCode !== 401 || !source) return answer;
    const others = await source(credentials).catch(() => credentials);
    if (others === credentials) return answer;
    await answer.body.dump();
    return await this.#send(request, others);
  }

  /** Ends its connections once all that was asked is answered. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.dispatcher.close();
  }

  /** Ends its connections; what is still being answered is broken off. */
  async destroy(): Promise<void> {
    this.#closed = true;
    await this.#pool?.dispatcher.destroy();
  }

  async #send(request: TransportRequest, credentials: Credentials): Promise<Dispatcher.ResponseData> {
    const dispatcher = await this.#dispatcher(credentials);
    const { userAgent } = this.#options;
    const { method, path, body, fence, signal, headersTimeout, bodyTimeout } = request;
    const isFenced = body !== undefined && fence !== undefined;
    try {
      return await dispatcher.request({
        origin: this.#origin,
        method,
        path: this.#prefix + path,
        headers: {
          ...(userAgent ? { "user-agent": userAgent } : {}),
          ...request.headers,
          ...(isFenced ? { "content-length": String(Buffer.byteLength(body)) } : {}),
          ...this.#connection.headers,
          ...(credentials.authorization ? { authorization: credentials.authorization } : {}),
        },
        // undici takes what its types don't say: anything that can be iterated, without a stream's buffer between.
        body: isFenced ? (fenced(body, fence) as unknown as Readable) : (body ?? null),
        ...(signal ? { signal } : {}),
        ...(headersTimeout === undefined ? {} : { headersTimeout }),
        ...(bodyTimeout === undefined ? {} : { bodyTimeout }),
      });
    } catch (error) {
      throw await this.#worded(error as NodeJS.ErrnoException);
    }
  }

  /** The pool of the present client certificate. */
  async #dispatcher(credentials: Credentials): Promise<Dispatcher> {
    const { cert, key } = credentials;
    const present = this.#pool;
    if (present && present.credentials.cert === cert && present.credentials.key === key) return present.dispatcher;
    const dispatcher = await this.#open(credentials);
    if (this.#closed) await dispatcher.destroy();
    if (this.#pool !== present && this.#pool) {
      // Another request was quicker.
      await dispatcher.destroy();
      return await this.#dispatcher(credentials);
    }
    this.#pool = { dispatcher, credentials };
    // Connections of a client certificate that has been replaced end as soon as nothing is asked on them.
    present?.dispatcher.close().catch(() => undefined);
    return dispatcher;
  }

  async #open(credentials: Credentials): Promise<Dispatcher> {
    const proxy = this.#proxy?.url;
    const options = { connectTimeoutMs, ...this.#options };
    if (proxy) {
      // Only who has a proxy loads what speaks with one.
      const { throughProxy } = await import("./proxy.ts");
      return throughProxy({ ...this.#connection, proxy }, credentials, this.#origin, options);
    }
    const connect = { ...tlsOptions(this.#connection, credentials), timeout: options.connectTimeoutMs };
    const { connections, http2 = true } = options;
    return new Pool(this.#origin, {
      ...(connections === undefined ? {} : { connections }),
      ...(http2 ? {} : { allowH2: false }),
      connect,
    });
  }

  /** The error with words, where Node gives only a code, and with the proxy's address where one is between. */
  async #worded(error: NodeJS.ErrnoException): Promise<Error> {
    // An abort's message can't be written.
    if (error.name === "AbortError") return error;
    error.message ||= error.code ?? error.name;
    if (this.#proxy) {
      const { url, variable } = this.#proxy;
      const { shownProxy } = await import("./proxy.ts");
      error.message = `by the proxy ${shownProxy(url)} (${variable}): ${error.message}`;
    }
    return error;
  }
}

/** A body that is given when it is asked for: undici asks for it before it writes anything of the request. */
async function* fenced(body: string, fence: () => Promise<void>): AsyncGenerator<string> {
  await fence();
  yield body;
}
