// The API server's client for the few requests that starting a node needs.
import { ApiError } from "@agentic/kube/client/api-error.ts";
import { APPLY_PATCH, Client } from "@agentic/kube/client/client.ts";
import { connectionOf } from "@agentic/kube/kubeconfig/connection.ts";

/** The fields of a Kubernetes object that a node's manifests use. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [field: string]: unknown };
  [field: string]: unknown;
}

/** A client of the API server of a node on this machine; it uses no proxy. */
export class Api {
  readonly #client: Client;

  /** @param kubeconfig path of a kubeconfig */
  constructor(kubeconfig: string) {
    this.#client = new Client(connectionOf({ kubeconfig }), { env: {} });
  }

  /** GETs a path and parses the JSON; throws ApiError where the server refuses it, a system error where no server answers. */
  async get<T = KubeObject>(path: string, timeoutMs = 5000): Promise<T> {
    return await withTimeout(`GET ${path}`, timeoutMs, (signal) => this.#client.get<T>(path, {}, signal));
  }

  /** Whether /readyz answers with success. */
  async ready(): Promise<boolean> {
    try {
      for await (const _ of this.#client.bytes("/readyz", { signal: AbortSignal.timeout(1000) }));
      return true;
    } catch {
      return false;
    }
  }

  /** Server-side applies one object under the field manager `embedded-node`. */
  async apply(object: KubeObject): Promise<void> {
    const path = objectPath(object);
    const query = { fieldManager: "embedded-node", force: true, fieldValidation: "Strict" };
    await withTimeout(`PATCH ${path}`, 10_000, (signal) =>
      this.#client.patch(path, object, { query, contentType: APPLY_PATCH, signal }),
    );
  }

  /** Closes its connections. */
  async close(): Promise<void> {
    await this.#client.destroy();
  }
}

/** The response to a request, which may take `timeoutMs`; an error names the request. */
async function withTimeout<T>(
  request: string,
  timeoutMs: number,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await send(signal);
  } catch (error) {
    if (signal.aborted) throw new Error(`${request}: no answer within ${timeoutMs} ms`);
    if (error instanceof ApiError) throw new ApiError({ ...error, message: `${request}: ${error.message}` });
    throw error;
  }
}

const plurals: Record<string, string> = {
  StorageClass: "storageclasses",
  NetworkPolicy: "networkpolicies",
  RuntimeClass: "runtimeclasses",
};

/** The path of an object's resource. Its plural is right for the kinds that a node applies, no others. */
export function objectPath({ apiVersion, kind, metadata }: KubeObject): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespacePath = metadata.namespace ? `/namespaces/${metadata.namespace}` : "";
  return `${root}${namespacePath}/${plurals[kind] ?? `${kind.toLowerCase()}s`}/${metadata.name}`;
}
