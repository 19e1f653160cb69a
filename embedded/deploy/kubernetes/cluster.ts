// A thin client of one API server over one pool of kept-alive connections.
import { Client, Pool } from "undici";
import { type Connection, connectionOf } from "./kubeconfig.ts";

/** A Kubernetes object. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    resourceVersion?: string;
    uid?: string;
    generation?: number;
    deletionTimestamp?: string;
    [field: string]: unknown;
  };
  // biome-ignore lint/complexity/noBannedTypes: an object's other fields are whatever its kind has
  [field: string]: {} | null | undefined;
}

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

interface Kind {
  plural: string;
  namespaced: boolean;
}

/** An address of objects: one object where `name` is set, else the collection. */
export interface Target {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name?: string;
}

export class Cluster {
  readonly server: string;
  readonly #pool: Pool;
  readonly #connection: Connection;
  #kinds: Promise<Map<string, Kind>> | undefined;
  /** When the last look began. */
  #discovered = 0;

  /** `kubeconfig` is a path or the content; "" is KUBECONFIG or ~/.kube/config. */
  constructor(kubeconfig: string, context = "") {
    this.#connection = connectionOf(kubeconfig, context);
    const { server, ca, cert, key, insecure, serverName } = this.#connection;
    this.server = server;
    this.#pool = new Pool(server, {
      connections: 24,
      pipelining: 1,
      connect: {
        ca,
        cert,
        key,
        rejectUnauthorized: !insecure,
        ...(serverName ? { servername: serverName } : {}),
        timeout: 5000,
      },
      bodyTimeout: 0,
    });
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** One object, or undefined where there is none. */
  async get(target: Target): Promise<KubeObject | undefined> {
    return await orUndefined(this.#json<KubeObject>("GET", await this.#path(target)));
  }

  /** All objects of a kind, of all namespaces where the target names none, with a label or "" for any. */
  async list(target: Target, labelSelector: string): Promise<KubeObject[]> {
    const query = labelSelector ? `?labelSelector=${encodeURIComponent(labelSelector)}` : "";
    const path = `${await this.#path(target)}${query}`;
    const { items } = (await orUndefined(this.#json<{ items: KubeObject[] }>("GET", path))) ?? { items: [] };
    return (items ?? []).map((item) => ({ ...item, apiVersion: target.apiVersion, kind: target.kind }));
  }

  /** Names of all objects of a kind; undefined where there are more than a page of them. */
  async names(target: Target): Promise<{ namespace?: string; name: string }[] | undefined> {
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    const path = `${await this.#path(target)}?limit=1000`;
    const page = await this.#json<Page>("GET", path, undefined, undefined, accept);
    return page.metadata.continue ? undefined : (page.items ?? []).map(({ metadata }) => metadata);
  }

  /** Server-side apply. `dryRun` changes nothing and gives what would be. */
  async apply(object: KubeObject, options: { manager: string; force: boolean; dryRun?: boolean }): Promise<KubeObject> {
    const query = new URLSearchParams({
      fieldManager: options.manager,
      force: String(options.force),
      fieldValidation: "Strict",
      ...(options.dryRun ? { dryRun: "All" } : {}),
    });
    const path = `${await this.#path(targetOf(object))}?${query}`;
    return await this.#json("PATCH", path, object, "application/apply-patch+yaml");
  }

  /** Deletes an object; its dependents go in the background. undefined where there was none. */
  async delete(target: Target): Promise<"gone" | "going" | undefined> {
    const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" };
    const answer = await orUndefined(this.#json<{ kind: string }>("DELETE", await this.#path(target), body));
    // What finalizers or a grace period hold comes back as it is now.
    return answer && (answer.kind === "Status" ? "gone" : "going");
  }

  /** Each state of one object from now on, the present one first; undefined once it is gone. Ends when the signal says so. */
  async *watch(target: Target, signal: AbortSignal): AsyncGenerator<KubeObject | undefined> {
    const { name, ...collection } = target;
    const path = await this.#path(collection);
    while (!signal.aborted) {
      const now = await this.get(target);
      yield now;
      const query = new URLSearchParams({ watch: "1", fieldSelector: `metadata.name=${name}`, timeoutSeconds: "120" });
      if (now?.metadata.resourceVersion) query.set("resourceVersion", now.metadata.resourceVersion);
      try {
        for await (const event of this.#stream(`${path}?${query}`, signal)) {
          if (event.type === "ERROR") break; // too old a resourceVersion: look again
          if (event.type !== "BOOKMARK") yield event.type === "DELETED" ? undefined : event.object;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError) throw error;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  }

  /** Looks at one object twice a second until the signal says to end; undefined where it is gone. */
  async *poll(target: Target, signal: AbortSignal): AsyncGenerator<KubeObject | undefined> {
    while (!signal.aborted) {
      yield await this.get(target);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /** Whether objects of a kind live in namespaces; undefined where the API server doesn't know the kind. */
  async namespaced(apiVersion: string, kind: string): Promise<boolean | undefined> {
    return (await this.#kind(apiVersion, kind))?.namespaced;
  }

  /** Forgets which kinds there are: a CustomResourceDefinition has come or gone. */
  forgetKinds(): void {
    this.#kinds = undefined;
  }

  async #path(target: Target): Promise<string> {
    const { apiVersion, kind, namespace, name } = target;
    const found = await this.#kind(apiVersion, kind);
    if (!found)
      throw new ApiError(404, {
        message: `the API server knows no ${kind} of ${apiVersion}: its CustomResourceDefinition is missing`,
      });
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const space = found.namespaced && (namespace || name) ? `/namespaces/${namespace ?? "default"}` : "";
    return `${root}${space}/${found.plural}${name ? `/${encodeURIComponent(name)}` : ""}`;
  }

  async #kind(apiVersion: string, kind: string): Promise<Kind | undefined> {
    const key = `${apiVersion}/${kind}`;
    if (!this.#kinds) {
      this.#discovered = performance.now();
      this.#kinds = this.#discover();
    }
    const found = (await this.#kinds).get(key);
    if (found) return found;
    // A kind that came after the first look is found by another, for a while: discovery lags behind the definition.
    for (let attempt = 0; attempt < 20; attempt++) {
      if (performance.now() - this.#discovered > 100) {
        this.#discovered = performance.now();
        this.#kinds = this.#discover();
      }
      const again = (await this.#kinds)?.get(key);
      if (again) return again;
      if (!this.expectKinds.has(key)) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return undefined;
  }

  /** Kinds (`apiVersion/kind`) whose definitions have been applied and that discovery will know soon. */
  readonly expectKinds = new Set<string>();

  /** One request each for the core group and the others (aggregated discovery, Kubernetes 1.30). */
  async #discover(): Promise<Map<string, Kind>> {
    const kinds = new Map<string, Kind>();
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const lists = await Promise.all(
      ["/api", "/apis"].map((path) => this.#json<Discovery>("GET", path, undefined, undefined, accept)),
    );
    for (const group of lists.flatMap(({ items }) => items))
      for (const { version, resources } of group.versions)
        for (const resource of resources) {
          const apiVersion = group.metadata?.name ? `${group.metadata.name}/${version}` : version;
          kinds.set(`${apiVersion}/${resource.responseKind?.kind}`, {
            plural: resource.resource,
            namespaced: resource.scope === "Namespaced",
          });
        }
    return kinds;
  }

  async #headers(more: Record<string, string>): Promise<Record<string, string>> {
    const authorization = await this.#connection.authorization?.();
    return { ...more, ...(authorization ? { authorization } : {}) };
  }

  async #json<T>(
    method: "GET" | "PATCH" | "DELETE",
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

  async *#stream(path: string, signal: AbortSignal): AsyncGenerator<{ type: string; object: KubeObject }> {
    // A connection of its own: watches would use the pool up.
    const { server, ca, cert, key, insecure } = this.#connection;
    const client = new Client(server, { connect: { ca, cert, key, rejectUnauthorized: !insecure }, bodyTimeout: 0 });
    try {
      const headers = await this.#headers({ accept: "application/json" });
      const { statusCode, body } = await client.request({ method: "GET", path, headers, signal });
      if (statusCode >= 300) throw new ApiError(statusCode, statusOf(await body.text()));
      let text = "";
      body.setEncoding("utf8");
      for await (const chunk of body) {
        const lines = (text + chunk).split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) yield JSON.parse(line) as { type: string; object: KubeObject };
      }
    } finally {
      await client.destroy().catch(() => undefined);
    }
  }
}

interface Page {
  metadata: { continue?: string };
  /** null where there is none: an empty list of Go. */
  items: { metadata: { namespace?: string; name: string } }[] | null;
}

interface Discovery {
  items: {
    metadata?: { name?: string };
    versions: {
      version: string;
      resources: { resource: string; scope: string; responseKind?: { kind: string } }[];
    }[];
  }[];
}

/** A field that its kind lacks, or a value of another type: the API server's fault by the code, and the object's by the words. */
const isMistyped = ({ message }: ApiError): boolean => message.startsWith("failed to create typed patch object");

/** Where an object is. */
export function targetOf(object: KubeObject): Target & { name: string } {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

/** `kind namespace/name`, as people call an object. */
export function label({ kind, namespace, name }: Target): string {
  return `${kind} ${namespace ? `${namespace}/` : ""}${name}`;
}

function statusOf(text: string): Status {
  try {
    return JSON.parse(text) as Status;
  } catch {
    return { message: text.slice(0, 300) };
  }
}

async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}
