// A thin client of one API server: objects by their kind and name.
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import { APPLY_PATCH, JSON_PATCH } from "@agentic/kube/client/client.ts";
import { connectionOf } from "@agentic/kube/kubeconfig/connection.ts";
import { Http } from "./http.ts";
import { groupOf } from "./kinds.ts";

export { Stopped, Unreachable } from "./http.ts";

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

/** Preconditions of a deletion: the object's uid and resourceVersion. */
export interface Preconditions {
  uid?: string;
  resourceVersion?: string;
}

export class Cluster {
  readonly #http: Http;
  #kinds: Promise<Map<string, Kind>> | undefined;
  /** When the last discovery began. */
  #discovered = 0;

  /** Namespace of the kubeconfig's context, for objects without one. */
  readonly namespace: string | undefined;

  /**
   * `kubeconfig` is a path or the content; "" is KUBECONFIG or ~/.kube/config. `cluster` names another of its clusters than the
   * context's.
   */
  constructor(kubeconfig: string, context = "", cluster = "") {
    const connection = connectionOf({ kubeconfig, context, cluster });
    this.namespace = connection.namespace;
    this.#http = new Http(connection);
  }

  /** Called right before each change; if it throws, the change isn't made. */
  set fence(fence: () => Promise<void>) {
    this.#http.fence = fence;
  }

  /** Ends all watches with its reason. */
  stop: AbortSignal | undefined;

  /** Address of the API server. */
  get server(): string {
    return this.#http.server;
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  /** One object, or undefined where there is none. */
  async get(target: Target): Promise<KubeObject | undefined> {
    return await orUndefined(this.#http.request<KubeObject>("GET", await this.#path(target)));
  }

  /** All objects of a kind, of all namespaces where the target names none, with a label or "" for any. */
  async list(target: Target, labelSelector: string): Promise<KubeObject[]> {
    const path = await this.#path(target);
    const list = this.#http.request<{ items: KubeObject[] | null }>("GET", path, { query: { labelSelector } });
    const { items } = (await orUndefined(list)) ?? { items: [] };
    return (items ?? []).map((item) => ({ ...item, apiVersion: target.apiVersion, kind: target.kind }));
  }

  /** Names of all objects of a kind; undefined where there are more than a page of them. */
  async names(target: Target): Promise<{ namespace?: string; name: string }[] | undefined> {
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    const page = await this.#http.request<Page>("GET", await this.#path(target), { query: { limit: 1000 }, accept });
    return page.metadata.continue ? undefined : (page.items ?? []).map(({ metadata }) => metadata);
  }

  /** Server-side apply. `dryRun` changes nothing and gives what would be. */
  async apply(object: KubeObject, options: { manager: string; force: boolean; dryRun?: boolean }): Promise<KubeObject> {
    const { manager: fieldManager, force, dryRun } = options;
    const query = { fieldManager, force, fieldValidation: "Strict", dryRun: dryRun ? "All" : undefined };
    const path = await this.#path(targetOf(object));
    return await this.#http.request("PATCH", path, { query, body: object, contentType: APPLY_PATCH });
  }

  /** Sets which managers have which fields of an object. Throws an ApiError 409 where it has changed since it was read. */
  async setManagedFields(object: KubeObject, managedFields: object[]): Promise<KubeObject> {
    const path = await this.#path(targetOf(object));
    const set = (field: string, value: unknown) => ({ op: "replace", path: `/metadata/${field}`, value });
    const body = [set("managedFields", managedFields), set("resourceVersion", object.metadata.resourceVersion)];
    return await this.#http.request("PATCH", path, { body, contentType: JSON_PATCH });
  }

  /** Creates an object. Throws an ApiError 409 where there is one of the name. */
  async create(object: KubeObject, manager: string): Promise<KubeObject> {
    const { name: _, ...collection } = targetOf(object);
    const query = { fieldManager: manager };
    return await this.#http.request("POST", await this.#path(collection), { query, body: object });
  }

  /** Puts an object in the place of the one with its resourceVersion. Throws an ApiError 409 where that has changed since. */
  async replace(object: KubeObject, manager: string): Promise<KubeObject> {
    const query = { fieldManager: manager };
    return await this.#http.request("PUT", await this.#path(targetOf(object)), { query, body: object });
  }

  /**
   * Deletes an object; its dependents go in the background. undefined where there was none. With `preconditions` only that very
   * object in that very state: an ApiError 409 where it is another.
   */
  async delete(target: Target, preconditions?: Preconditions): Promise<"gone" | "going" | undefined> {
    const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background", preconditions };
    const answer = await orUndefined(
      this.#http.request<{ kind: string }>("DELETE", await this.#path(target), { body }),
    );
    // The answer is the object itself while finalizers or a grace period hold it.
    return answer && (answer.kind === "Status" ? "gone" : "going");
  }

  /**
   * Each state of one object, the present one first, or from one that is known already; undefined once it is gone. Ends when
   * the signal says so.
   */
  async *watch(target: Target, signal: AbortSignal, known?: KubeObject): AsyncGenerator<KubeObject | undefined> {
    const { name, ...collection } = target;
    const path = await this.#path(collection);
    let from = known;
    const end = this.stop ? AbortSignal.any([signal, this.stop]) : signal;
    for (; ; this.stop?.throwIfAborted()) {
      if (signal.aborted) return;
      const now = from ?? (await this.get(target));
      from = undefined;
      yield now;
      const { resourceVersion } = now?.metadata ?? {};
      const query = { fieldSelector: `metadata.name=${name}`, timeoutSeconds: 120, resourceVersion };
      try {
        for await (const event of this.#http.watch<WatchEvent>(path, query, end)) {
          if (event.type === "ERROR") break; // too old a resourceVersion: look again
          if (event.type !== "BOOKMARK") yield event.type === "DELETED" ? undefined : event.object;
        }
      } catch (error) {
        if (end.aborted) continue;
        // 410: the resourceVersion is too old; here the request itself fails.
        if (error instanceof ApiError && !isStatus(error, 410)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  }

  /** Reads one object twice a second until the signal is aborted; undefined where it is gone. */
  async *poll(target: Target, signal: AbortSignal): AsyncGenerator<KubeObject | undefined> {
    while (!signal.aborted) {
      yield await this.get(target);
      await new Promise((resolve) => setTimeout(resolve, 500));
      this.stop?.throwIfAborted();
    }
  }

  /** Whether objects of a kind live in namespaces; undefined where the API server doesn't know the kind. */
  async namespaced(apiVersion: string, kind: string): Promise<boolean | undefined> {
    return (await this.#kind(apiVersion, kind))?.namespaced;
  }

  /** Discards the known kinds: a CustomResourceDefinition was added or removed. */
  forgetKinds(): void {
    this.#kinds = undefined;
  }

  async #path(target: Target): Promise<string> {
    const { apiVersion, kind, namespace, name } = target;
    const found = await this.#kind(apiVersion, kind);
    if (!found)
      throw new ApiError({
        status: 404,
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
    // Discovery lags behind a new definition: a kind that is expected is looked up again for a while.
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
      ["/api", "/apis"].map((path) => this.#http.request<Discovery>("GET", path, { accept })),
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
}

interface WatchEvent {
  type: string;
  object: KubeObject;
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

/** The address of an object. */
export function targetOf(object: KubeObject): Target & { name: string } {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

/** Label of an object for people to read: `kind namespace/name`. */
export function label({ kind, namespace, name }: Target): string {
  return `${kind} ${namespace ? `${namespace}/` : ""}${name}`;
}

/** Key of an object, the same for every version of its API. */
export function keyOf(cluster: Cluster, target: Target): string {
  return `${cluster.server} ${groupOf(target.apiVersion)} ${label(target)}`;
}

async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
