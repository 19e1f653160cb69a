// The few calls that bringing a node up needs of its API server.
import { clean, cut } from "@agentic/api/text.ts";
import { Transport } from "@agentic/kube/connection/transport.ts";
import { connectionOf } from "@agentic/kube/kubeconfig/connection.ts";

/** A Kubernetes object as far as it is looked at here. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [field: string]: unknown };
  [field: string]: unknown;
}

/** An answer that is not a success; `status` is HTTP's. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Talks to the API server of a node on this machine: past any proxy. */
export class Api {
  readonly #transport: Transport;

  /** @param kubeconfig path of a kubeconfig */
  constructor(kubeconfig: string) {
    this.#transport = new Transport(connectionOf({ kubeconfig }), { env: {} });
  }

  /** GETs a path and parses the JSON; throws ApiError where it is refused, a system error where nobody answers. */
  async get<T = KubeObject>(path: string, timeoutMs = 5000): Promise<T> {
    return JSON.parse(await this.#call("GET", path, undefined, timeoutMs)) as T;
  }

  /** True where /readyz says so. */
  async ready(): Promise<boolean> {
    return await this.#call("GET", "/readyz", undefined, 1000).then(
      () => true,
      () => false,
    );
  }

  /** Server-side applies one object under the field manager `embedded-node`. */
  async apply(object: KubeObject): Promise<void> {
    const path = `${objectPath(object)}?fieldManager=embedded-node&force=true&fieldValidation=Strict`;
    await this.#call("PATCH", path, JSON.stringify(object), 10_000);
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    await this.#transport.destroy();
  }

  async #call(method: "GET" | "PATCH", path: string, body: string | undefined, timeout: number): Promise<string> {
    const signal = AbortSignal.timeout(timeout);
    try {
      const answer = await this.#transport.request({
        method,
        path,
        signal,
        ...(body === undefined ? {} : { body, headers: { "content-type": "application/apply-patch+yaml" } }),
      });
      const text = await answer.body.text();
      if (answer.statusCode < 300) return text;
      const { statusCode: status } = answer;
      throw new ApiError(status, `${method} ${path}: ${message(text) || `HTTP ${status}`}`);
    } catch (error) {
      throw signal.aborted ? new Error(`${method} ${path}: no answer within ${timeout} ms`) : error;
    }
  }
}

function message(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? "";
  } catch {
    return cut(clean(text), 200);
  }
}

const plurals: Record<string, string> = { StorageClass: "storageclasses", NetworkPolicy: "networkpolicies" };

/** The path of an object's resource, by the plain rule that holds for every kind that a node brings along. */
export function objectPath({ apiVersion, kind, metadata }: KubeObject): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const space = metadata.namespace ? `/namespaces/${metadata.namespace}` : "";
  return `${root}${space}/${plurals[kind] ?? `${kind.toLowerCase()}s`}/${metadata.name}`;
}
