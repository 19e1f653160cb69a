// Requests to one API server over kept-alive connections, with the server's path, the connection's headers and current credentials.
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
   * Called once there is a connection, right before the request's first byte is sent: if it rejects, the request isn't sent. For
   * requests with a body.
   */
  fence?: () => Promise<void>;
  signal?: AbortSignal;
  /** Milliseconds to wait for the answer's beginning; 0 for no limit. */
  headersTimeout?: number;
  /** Milliseconds of silence after which an answer is given up; 0 for no limit. */
  bodyTimeout?: number;
}

export interface TransportOptions extends Partial<PoolOptions> {
  /** Value of the User-Agent header. */
  userAgent?: string;
  /** Variables that name the proxy, if the connection has none. */
  env?: NodeJS.ProcessEnv;
  /**
   * Whether to use HTTP/2 if the server supports it; default true. Without it each of many small requests costs a quarter less CPU
   * time, and each request at the same time needs a connection of its own. Connections through a proxy ignore it.
   */
  http2?: boolean;
}

/** Milliseconds; a server that needs longer is too far away to work with. */
const connectTimeoutMs = 5_000;

export class Transport {
  /** URL of the API server, as in the connection. */
  readonly server: string;
  readonly #connection: Connection;
  readonly #origin: string;
  /** Path of the server's URL, without a slash at its end. */
  readonly #prefix: string;
  readonly #options: TransportOptions;
  readonly #proxy: EnvironmentProxy | undefined;
  #pool: { dispatcher: Dispatcher; credentials: Credentials } | undefined;
  #closed = false;

  /** Throws if the environment names a proxy that isn't valid. */
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
   * The answer, whatever its status. After a 401 the request is sent once more if there are other credentials by then. Rejects with a
   * CredentialsError if the credentials can't be had, and with undici's error if no answer comes.
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

  /** Ends its connections once every request is answered. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.dispatcher.close();
  }

  /** Ends its connections at once; requests without a full answer fail. */
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
        // undici takes more than its types say: anything iterable, which has no stream's buffer in between.
        body: isFenced ? (fenced(body, fence) as unknown as Readable) : (body ?? null),
        ...(signal ? { signal } : {}),
        ...(headersTimeout === undefined ? {} : { headersTimeout }),
        ...(bodyTimeout === undefined ? {} : { bodyTimeout }),
      });
    } catch (error) {
      throw await this.#withMessage(error as NodeJS.ErrnoException);
    }
  }

  /** The pool of the current client certificate. */
  async #dispatcher(credentials: Credentials): Promise<Dispatcher> {
    const { cert, key } = credentials;
    const current = this.#pool;
    if (current && current.credentials.cert === cert && current.credentials.key === key) return current.dispatcher;
    const dispatcher = await this.#open(credentials);
    if (this.#closed) await dispatcher.destroy();
    if (this.#pool !== current && this.#pool) {
      // Another request has opened a pool meanwhile.
      await dispatcher.destroy();
      return await this.#dispatcher(credentials);
    }
    this.#pool = { dispatcher, credentials };
    // Connections with the replaced client certificate end once their requests are answered.
    current?.dispatcher.close().catch(() => undefined);
    return dispatcher;
  }

  async #open(credentials: Credentials): Promise<Dispatcher> {
    const proxy = this.#proxy?.url;
    const options = { connectTimeoutMs, ...this.#options };
    if (proxy) {
      // Loaded only where there is a proxy: it takes memory in each pod.
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

  /** The error with a message if Node gives only a code, and with the proxy's address if there is a proxy. */
  async #withMessage(error: NodeJS.ErrnoException): Promise<Error> {
    // An AbortError's message is read-only.
    if (error.name === "AbortError") return error;
    error.message ||= error.code ?? error.name;
    if (this.#proxy) {
      const { url, variable } = this.#proxy;
      const { withoutPassword } = await import("./proxy.ts");
      error.message = `by the proxy ${withoutPassword(url)} (${variable}): ${error.message}`;
    }
    return error;
  }
}

/** A body that waits for the fence: undici reads the body before it writes anything of the request. */
async function* fenced(body: string, fence: () => Promise<void>): AsyncGenerator<string> {
  await fence();
  yield body;
}
