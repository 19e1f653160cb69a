// Requests to one API server over one pool of kept-alive connections.
import { clean, cut } from "@agentic/api/text.ts";
import { Client, Pool } from "undici";
import type { Connection } from "./kubeconfig.ts";

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

/** Speaks with one API server as a kubeconfig says. */
export class Http {
  /** Address of the API server. */
  readonly server: string;
  readonly #pool: Pool;
  readonly #authorization: Connection["authorization"];
  /** How a connection is made. */
  readonly #connect: Client.Options["connect"];

  constructor({ server, ca, cert, key, insecure, serverName, authorization }: Connection) {
    this.server = server;
    this.#authorization = authorization;
    const name = serverName ? { servername: serverName } : {};
    this.#connect = { ca, cert, key, rejectUnauthorized: !insecure, ...name, timeout: 5000 };
    this.#pool = new Pool(server, { connections: 24, pipelining: 1, connect: this.#connect, bodyTimeout: 0 });
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #headers(more: Record<string, string>): Promise<Record<string, string>> {
    const authorization = await this.#authorization?.();
    return { ...more, ...(authorization ? { authorization } : {}) };
  }

  /** What the API server answers. Throws an ApiError for a refusal; what may be over soon is asked again. */
  async json<T>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    type = "application/json",
    accept = "application/json",
  ): Promise<T> {
    const headers = await this.#headers({ accept, ...(body ? { "content-type": type } : {}) });
    for (let attempt = 0; ; attempt++) {
      const response = await this.#pool
        .request({ method, path, headers, body: body ? JSON.stringify(body) : undefined, headersTimeout: 60_000 })
        .catch((error: NodeJS.ErrnoException) => {
          // A kept-alive connection that the server has just closed: every request here may be sent twice.
          if (attempt < 3 && ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(error.code ?? "")) return undefined;
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
    // A connection of its own: watches would use the pool up.
    const client = new Client(this.server, { connect: this.#connect, bodyTimeout: 0 });
    try {
      const headers = await this.#headers({ accept: "application/json" });
      const { statusCode, body } = await client.request({ method: "GET", path, headers, signal });
      if (statusCode >= 300) throw new ApiError(statusCode, statusOf(await body.text()));
      let text = "";
      body.setEncoding("utf8");
      for await (const chunk of body) {
        const lines = (text + chunk).split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) yield JSON.parse(line) as T;
      }
    } finally {
      await client.destroy().catch(() => undefined);
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
