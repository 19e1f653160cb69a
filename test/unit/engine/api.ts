// An API server in memory: objects with versions, conflicts, watches, and errors when a test wants them.

import type { ObjectMeta } from "../../../embedded/engine/core/types.ts";
import { ApiError } from "../../../kube/client/api-error.ts";
import type { Query } from "../../../kube/client/query.ts";
import { merge } from "../kube/merge.ts";

interface Event {
  type: string;
  object: unknown;
}

type Body = { metadata: Omit<ObjectMeta, "namespace"> & { namespace?: string } } & Record<string, unknown>;

export class MemoryApi {
  readonly objects = new Map<string, Body>();
  readonly calls: string[] = [];
  /** Errors for the next requests that begin like this. */
  readonly failures: { request: string; error: Error }[] = [];
  readonly logs = new Map<string, string>();
  /** The patches that came, as JSON. */
  readonly patches: { path: string; body: string }[] = [];
  readonly #watchers = new Set<{ path: string; push: (event: Event | undefined) => void }>();
  #version = 100;

  /** Puts an object there as somebody else would. */
  put(collection: string, object: object): Body {
    const body = structuredClone(object) as Body;
    const path = `${collection}/${body.metadata.name}`;
    const existing = this.objects.get(path);
    body.metadata.resourceVersion = String(++this.#version);
    body.metadata.uid ??= `uid-${this.#version}`;
    this.objects.set(path, body);
    this.#tell(collection, { type: existing ? "MODIFIED" : "ADDED", object: structuredClone(body) });
    return body;
  }

  remove(path: string): void {
    const object = this.objects.get(path);
    this.objects.delete(path);
    const version = String(++this.#version);
    if (object)
      this.#tell(path.slice(0, path.lastIndexOf("/")), {
        type: "DELETED",
        object: { ...object, metadata: { ...object.metadata, resourceVersion: version } },
      });
  }

  /** Sends an event to whoever watches, or ends the watches. */
  send(path: string, event: Event | undefined): void {
    this.#tell(path, event);
  }

  #tell(collection: string, event: Event | undefined): void {
    for (const { path, push } of this.#watchers)
      if (
        collection.startsWith(path.replace(/\/[a-z]+$/, "")) &&
        collection.endsWith(path.slice(path.lastIndexOf("/")))
      )
        push(event);
  }

  fail(request: string, status: number, message: string): void {
    this.failures.push({ request, error: new ApiError({ status, message }) });
  }

  #begin(method: string, path: string): void {
    const request = `${method} ${path}`;
    this.calls.push(request);
    const index = this.failures.findIndex((failure) => request.startsWith(failure.request));
    const [failure] = index < 0 ? [] : this.failures.splice(index, 1);
    if (failure) throw failure.error;
  }

  #find(path: string): Body {
    const object = this.objects.get(path);
    if (!object) throw new ApiError({ status: 404, reason: "NotFound", message: `${path} not found` });
    return object;
  }

  async get<T>(path: string): Promise<T> {
    this.#begin("GET", path);
    // A collection ends in a plural, and never is an object's path here.
    if (/\/(pods|[a-z]*workflows|workfl[a-z]+s|clusterworkflowtemplates)$/.test(path)) {
      const kind = path.slice(path.lastIndexOf("/"));
      const items = [...this.objects]
        .filter(([key]) => key.slice(0, key.lastIndexOf("/")).endsWith(kind))
        .map(([, object]) => structuredClone(object));
      return { metadata: { resourceVersion: String(this.#version) }, items } as T;
    }
    return structuredClone(this.#find(path)) as T;
  }

  async *bytes(path: string): AsyncGenerator<Buffer> {
    this.#begin("GET", path);
    const log = this.logs.get(path);
    if (log === undefined) throw new ApiError({ status: 404, reason: "NotFound", message: `${path} not found` });
    yield Buffer.from(log);
  }

  async create<T>(path: string, body: unknown): Promise<T> {
    this.#begin("POST", path);
    const object = structuredClone(body) as Body;
    if (this.objects.has(`${path}/${object.metadata.name}`))
      throw new ApiError({ status: 409, reason: "AlreadyExists", message: "already exists" });
    return structuredClone(this.put(path, object)) as T;
  }

  async patch<T>(path: string, body: unknown): Promise<T> {
    this.#begin("PATCH", path);
    this.patches.push({ path, body: JSON.stringify(body) });
    const existing = this.#find(path);
    const patch = JSON.parse(JSON.stringify(body)) as Partial<Body>;
    const based = patch.metadata?.resourceVersion;
    if (based !== undefined && based !== existing.metadata.resourceVersion)
      throw new ApiError({ status: 409, reason: "Conflict", message: "the object has been modified" });
    return structuredClone(this.put(path.slice(0, path.lastIndexOf("/")), merge(existing, patch) as Body)) as T;
  }

  async delete<T>(path: string): Promise<T> {
    this.#begin("DELETE", path);
    const object = this.#find(path);
    this.remove(path);
    return object as T;
  }

  async *watch<T>(path: string, query: Query, signal: AbortSignal): AsyncGenerator<T> {
    this.#begin("WATCH", `${path}?${query.resourceVersion}`);
    const queue: (Event | undefined)[] = [];
    let wake = () => {};
    const watcher = {
      path,
      push: (event: Event | undefined) => {
        queue.push(event);
        wake();
      },
    };
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => watcher.push(undefined));
    try {
      for (;;) {
        while (queue.length > 0) {
          const event = queue.shift();
          if (!event) return;
          yield event as T;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }
}

/** Resolves once `probe` holds; fails the test after some seconds. */
export async function eventually(description: string, probe: () => boolean): Promise<void> {
  for (let i = 0; i < 900; i++) {
    if (probe()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`not soon: ${description}`);
}
