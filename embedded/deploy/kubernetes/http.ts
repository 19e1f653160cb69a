// Requests to one API server over one pool of kept-alive connections.
import { clean, cut } from "@agentic/api/text.ts";
import { type Connection, CredentialsError } from "@agentic/kube/connection/connection.ts";
import { Transport } from "@agentic/kube/connection/transport.ts";

/** What the API server answers instead of an object. */
export interface Status {
  message?: string;
  reason?: string;
  code?: number;
  details?: { name?: string; kind?: string; causes?: { reason?: string; message?: string; field?: string }[] };
}

/** A refusal by the API server. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: Status;
  constructor(code: number, status: Status) {
    const causes = (status.details?.causes ?? [])
      .filter(({ field }) => field)
      .map(({ field, message }) => `${field}: ${message}`);
    super(causes.length > 1 ? `${causes.join("; ")}` : (status.message ?? `HTTP ${code}`));
    this.code = code;
    this.status = status;
  }
}

/** Nobody answers at the API server's address. */
export class Unreachable extends Error {}

/** Nothing more may be changed. */
export class Stopped extends Error {}

/** Speaks with one API server as a kubeconfig says. */
export class Http {
  /** Is asked right before each change is sent; what it throws keeps it from being sent. */
  fence: (() => Promise<void>) | undefined;
  /** Address of the API server. */
  readonly server: string;
  readonly #requests: Transport;
  /** Watches would use the others' connections up. */
  readonly #watches: Transport;

  constructor(connection: Connection) {
    this.server = connection.server;
    this.#requests = new Transport(connection, { connections: 24 });
    this.#watches = new Transport(connection);
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.destroy(), this.#watches.destroy()]);
  }

  /** What the API server answers. Throws an ApiError for a refusal; what may be over soon is asked again. */
  async json<T>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    type = "application/json",
    accept = "application/json",
  ): Promise<T> {
    const headers = { accept, ...(body ? { "content-type": type } : {}) };
    const fence = method === "GET" || path.includes("dryRun=All") ? undefined : this.fence;
    for (let attempt = 0; ; attempt++) {
      await fence?.();
      const response = await this.#requests
        .request({
          method,
          path,
          headers,
          headersTimeout: 60_000,
          bodyTimeout: 0,
          ...(body ? { body: JSON.stringify(body) } : {}),
          ...(fence ? { fence } : {}),
        })
        .catch((error: NodeJS.ErrnoException) => {
          // A kept-alive connection that the server has just closed: every request here may be sent twice.
          if (attempt < 3 && ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(error.code ?? "")) return undefined;
          if ([CredentialsError, Stopped, Unreachable, ApiError].some((kind) => error instanceof kind)) throw error;
          throw new Unreachable(`the API server at ${this.server} does not answer: ${error.message}`);
        });
      if (!response) continue;
      const text = await response.body.text();
      if (response.statusCode < 300) return JSON.parse(text) as T;
      const error = new ApiError(response.statusCode, statusOf(text));
      // Too many requests, or an API server or webhook that is just starting.
      if (attempt >= 8 || ![429, 500, 502, 503, 504].includes(error.code) || isMistyped(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(2000, 100 * 2 ** attempt)));
    }
  }

  /** What it answers line by line, until the signal says to end. */
  async *stream<T>(path: string, signal: AbortSignal): AsyncGenerator<T> {
    const headers = { accept: "application/json" };
    const { statusCode, body } = await this.#watches.request({ method: "GET", path, headers, signal, bodyTimeout: 0 });
    if (statusCode >= 300) throw new ApiError(statusCode, statusOf(await body.text()));
    let text = "";
    body.setEncoding("utf8");
    for await (const chunk of body) {
      const lines = (text + chunk).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line) as T;
    }
  }
}

/** A field that its kind lacks, or a value of another type: the API server's fault by the code, and the object's by the words. */
const isMistyped = ({ message }: ApiError): boolean => message.startsWith("failed to create typed patch object");

function statusOf(text: string): Status {
  try {
    return JSON.parse(text) as Status;
  } catch {
    return { message: cut(clean(text), 300) };
  }
}
