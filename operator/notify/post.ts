// One try to deliver notifications: a signed POST, and whether a failure is permanent or worth a retry.
import { NOTIFY_SECRET } from "@agentic/api/rbac.ts";
import { retryAfterMs } from "@agentic/api/retry-after.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { KubeApi } from "@agentic/kube/client/client.ts";
import { Agent } from "@agentic/kube/connection/undici.ts";
import { AddressRefused, isAllowedHost, publicLookup, refuseUrl } from "./guard.ts";
import { signedHeaders } from "./signature.ts";

const TIMEOUT_MS = 10_000;

/** Refusals that a retry may solve: request timeout, too early, too many requests. */
const TRANSIENT_REFUSALS: readonly number[] = [408, 425, 429];

/** A failure that no retry can change. */
export class Permanent extends Error {}

/** A failure that a retry may solve. */
export class Transient extends Error {
  /** The receiver's Retry-After, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Where the key is that signs: a Secret's name and a key in it; by default those of `notify`. */
export interface SecretKey {
  name?: string;
  key?: string;
}

/** What is posted, and where to. */
export interface Letter {
  url: string;
  /** The tenant's. */
  namespace: string;
  event: string;
  /** The same for each try. */
  delivery: string;
  body: string;
  /** Absent: it isn't signed. */
  key?: SecretKey | undefined;
  /** Whether the platform's owner names the receiver, so that it may be outside of the cluster whatever the tenant may reach. */
  isTrusted?: boolean;
}

export interface PosterOptions {
  client: KubeApi;
  /** Each `host[:port]` that may use plain http or have a private address. */
  allowedHosts: readonly string[];
  /** Namespaces whose webhooks may have other hosts than those, which are outside of the cluster. */
  namespaces: readonly string[];
  /** How host names are resolved that are not in `allowedHosts`; default by the system, public addresses only. */
  lookup?: ReturnType<typeof publicLookup>;
  /** Milliseconds that one try may take; default 10 s. */
  timeoutMs?: number;
}

export class Poster {
  readonly #options: PosterOptions;
  readonly #publicAgent: Agent;
  readonly #allowedAgent = new Agent({ connect: { timeout: 5_000 } });

  constructor(options: PosterOptions) {
    this.#options = options;
    this.#publicAgent = new Agent({ connect: { lookup: options.lookup ?? publicLookup(), timeout: 5_000 } });
  }

  async close(): Promise<void> {
    await Promise.all([this.#publicAgent.destroy(), this.#allowedAgent.destroy()]);
  }

  /** Posts; throws {@link Permanent} where a retry would fail the same way. */
  async post(
    { url: text, namespace, event, delivery, body, key, isTrusted }: Letter,
    signal: AbortSignal,
  ): Promise<void> {
    // The CRD's pattern accepts some invalid URLs, such as one with port 99999.
    const url = URL.parse(text);
    if (!url) throw new Permanent(`not sent: ${text} is not a valid URL`);
    const refusal = refuseUrl(url, this.#options.allowedHosts);
    if (refusal) throw new Permanent(`not sent: ${refusal}`);
    const isAllowed = isAllowedHost(url, this.#options.allowedHosts);
    // Before the name is resolved: a name that is asked for carries data to whoever answers for it.
    if (!isAllowed && !isTrusted && !this.#options.namespaces.includes(namespace))
      throw new Permanent(`not sent: ${namespace} may not reach ${url.hostname}: its tenant has no egressInternet`);
    const headers = signedHeaders({ event, delivery, body }, key && (await this.#keyOf(namespace, key)));
    const agent = isAllowed ? this.#allowedAgent : this.#publicAgent;
    // Redirects are not followed, because their target would not be checked.
    const response = await agent
      .request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: "POST",
        headers,
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS)]),
      })
      .catch((error: Error) => {
        if (isRefusal(error)) throw new Permanent(`not sent: ${refusalOf(error)}`);
        throw tlsErrorOf(error, url) ?? error;
      });
    await response.body.dump({ limit: 64 * 1024 });
    const { statusCode } = response;
    if (statusCode >= 200 && statusCode < 300) return;
    const error = `the receiver answered HTTP ${statusCode}`;
    if (statusCode < 400) throw new Permanent(`${error}: redirects aren't followed; name the URL that it leads to`);
    if (statusCode < 500 && !TRANSIENT_REFUSALS.includes(statusCode)) throw new Permanent(error);
    throw new Transient(error, retryAfterMs([response.headers["retry-after"]].flat()[0]));
  }

  /** The value of the Secret that signs what this namespace's receivers get. */
  async #keyOf(namespace: string, { name = NOTIFY_SECRET, key = "key" }: SecretKey): Promise<Buffer> {
    try {
      const secret = await this.#options.client.get<{ data?: Record<string, string> }>(
        `/api/v1/namespaces/${namespace}/secrets/${name}`,
      );
      const value = secret.data?.[key];
      if (!value) throw new Error(`Secret ${name} has no key ${key}`);
      return Buffer.from(value, "base64");
    } catch (error) {
      if (isStatus(error, 403)) throw new Permanent(`not sent: the operator may not read Secret ${name}`);
      throw error;
    }
  }
}

/** Whether the guard refused the address; some clients wrap the lookup's error. */
function isRefusal(error: Error): boolean {
  return error instanceof AddressRefused || error.cause instanceof AddressRefused;
}

function refusalOf(error: Error): string {
  return error.cause instanceof AddressRefused ? error.cause.message : error.message;
}

/** What is wrong with the receiver's TLS; undefined where that isn't what failed. */
function tlsErrorOf({ code = "", message }: NodeJS.ErrnoException, { host }: URL): Error | undefined {
  if (/^(EPROTO|ERR_SSL_)/.test(code)) return new Error(`${host} doesn't speak TLS: say http://, or another port`);
  if (!/CERT|UNABLE_TO_|ERR_TLS_/.test(code)) return undefined;
  return new Error(
    `the certificate of ${host} is refused: it must be in date, for that name, and of a public authority (${message})`,
  );
}
