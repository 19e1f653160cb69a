// The few calls that bringing a node up needs of the API server, without a client library's load time.

import { readFileSync } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import { clean, cut } from "@agentic/api/text.ts";

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

interface Kubeconfig {
  clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
  users: [{ user: { "client-certificate-data": string; "client-key-data": string } }];
}

/** Talks to the API server of a kubeconfig that this package wrote. */
export class Api {
  readonly server: string;
  readonly #agent: Agent;

  constructor(kubeconfig: string) {
    const config = JSON.parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
    const { cluster } = config.clusters[0];
    const { user } = config.users[0];
    const decode = (text: string) => Buffer.from(text, "base64");
    this.server = cluster.server;
    this.#agent = new Agent({
      keepAlive: true,
      ca: decode(cluster["certificate-authority-data"]),
      cert: decode(user["client-certificate-data"]),
      key: decode(user["client-key-data"]),
    });
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

  close(): void {
    this.#agent.destroy();
  }

  #call(method: string, path: string, body: string | undefined, timeout: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = body ? { "content-type": "application/apply-patch+yaml" } : {};
      const call = httpsRequest(
        `${this.server}${path}`,
        { method, agent: this.#agent, timeout, headers },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (data) => {
            text += data;
          });
          response.on("error", reject);
          response.on("end", () => {
            const status = response.statusCode ?? 0;
            if (status < 300) resolve(text);
            else reject(new ApiError(status, `${method} ${path}: ${message(text) || `HTTP ${status}`}`));
          });
        },
      );
      call.on("timeout", () => call.destroy(new Error(`${method} ${path}: no answer within ${timeout} ms`)));
      call.on("error", reject);
      call.end(body);
    });
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
