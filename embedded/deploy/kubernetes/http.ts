// HTTP requests of the deployer to one API server: passing errors are retried, and nothing is changed without the stack's lock.
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import { Client, type Failure, type RequestOptions } from "@agentic/kube/client/client.ts";
import type { Query } from "@agentic/kube/client/query.ts";
import { type Connection, CredentialsError } from "@agentic/kube/connection/connection.ts";

/** The API server doesn't answer. */
export class Unreachable extends Error {}

/** The run was stopped: nothing more may be changed. */
export class Stopped extends Error {}

/** Milliseconds of silence; admission webhooks may take 30 seconds each. */
const timeoutMs = 60_000;

/** HTTP client of one API server. */
export class Http {
  /** Called right before each change is sent; if it throws, the change isn't sent. */
  fence: (() => Promise<void>) | undefined;
  /** Address of the API server. */
  readonly server: string;
  readonly #client: Client;

  constructor(connection: Connection) {
    this.server = connection.server;
    this.#client = new Client(connection, { connections: 24, timeoutMs, retry: waitBefore });
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    await this.#client.destroy();
  }

  /** The parsed answer. Throws an ApiError for a refusal, Unreachable where no answer comes; passing errors are retried. */
  async request<T>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    options: Omit<RequestOptions, "fence"> = {},
  ): Promise<T> {
    const fence = method === "GET" || options.query?.dryRun === "All" ? undefined : this.fence;
    try {
      return await this.#client.request<T>(method, path, { ...options, ...(fence ? { fence } : {}) });
    } catch (error) {
      if (error instanceof ApiError) throw withCauses(error);
      if ([CredentialsError, Stopped, Unreachable, SyntaxError].some((kind) => error instanceof kind)) throw error;
      throw new Unreachable(`the API server at ${this.server} does not answer: ${(error as Error).message}`);
    }
  }

  /** The events of a watch, until the signal says to end. */
  watch<T>(path: string, query: Query, signal: AbortSignal): AsyncGenerator<T> {
    return this.#client.watch<T>(path, query, signal);
  }
}

/** Milliseconds until a request is sent again: every request here may be sent twice. */
function waitBefore({ error, attempt }: Failure): number | undefined {
  // A kept-alive connection that the server has just closed.
  if (!(error instanceof ApiError))
    return attempt < 3 &&
      ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "")
      ? 0
      : undefined;
  // Too many requests, or an API server or webhook that is just starting.
  const isPassing = isStatus(error, 429, 500, 502, 503, 504) && !isMistyped(error);
  return attempt < 8 && isPassing ? Math.min(2000, 100 * 2 ** attempt) : undefined;
}

/** An unknown field or a value of a wrong type: the API server answers 500, although the object is at fault. */
const isMistyped = ({ message }: ApiError): boolean => message.startsWith("failed to create typed patch object");

/** The error with the message of each invalid field, where there are several. */
function withCauses(error: ApiError): ApiError {
  const causes = (error.body.details?.causes ?? []).filter(({ field }) => field);
  if (causes.length < 2) return error;
  const message = causes.map(({ field, message }) => `${field}: ${message}`).join("; ");
  return new ApiError({ ...error, message });
}
