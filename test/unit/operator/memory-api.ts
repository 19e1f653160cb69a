// An API server in memory, for thousands of short lives of the operator in virtual time: versions, merge patches, preconditions,
// lists and watches as the real one has them. What can go wrong with a request or a watch is the test's to decide.

import type { ObjectMeta } from "../../../api/agentworkload.ts";
import { ApiError } from "../../../kube/client/api-error.ts";
import type { KubeApi } from "../../../kube/client/client.ts";
import type { Query } from "../../../kube/client/query.ts";
import { merge } from "../kube/merge.ts";

/** A request as the test sees it. */
export interface Call {
  verb: "get" | "list" | "watch" | "create" | "patch" | "delete";
  path: string;
}

/** What happens to a request: an error before it does anything, or after it has done it. */
export interface Fault {
  when: "before" | "after";
  error: Error;
}

/** An event of a watch. */
export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: Stored;
}

/** What a watch makes of its events before the operator sees them. */
export type Disturb = (events: AsyncGenerator<WatchEvent>) => AsyncGenerator<WatchEvent>;

type Stored = { metadata: ObjectMeta } & Record<string, unknown>;

const COLLECTIONS =
  /^(\/api(?:s\/[^/]+)?\/v1(?:alpha1)?)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?(?:\/(status))?$/;

export class MemoryApi {
  readonly #objects = new Map<string, Stored>();
  readonly #log: { version: number; resource: string; event: WatchEvent }[] = [];
  readonly #watchers = new Set<() => void>();
  #version = 100;
  /** Every object that was ever made, by resource. */
  readonly created: { resource: string; name: string }[] = [];

  /** The operator's view: each request counts and may fail, each watch may be disturbed. */
  client(options: { fault: (call: Call) => Fault | undefined; disturb?: Disturb; alive: () => boolean }): KubeApi {
    const perform = async <T>(call: Call, act: () => unknown): Promise<T> => {
      await Promise.resolve();
      // A process that was killed sends nothing more, and nothing comes back to it.
      if (!options.alive()) return await new Promise<T>(() => {});
      const fault = options.fault(call);
      if (fault?.when === "before") throw fault.error;
      const answer = act();
      if (fault?.when === "after") throw fault.error;
      if (!options.alive()) return await new Promise<T>(() => {});
      return structuredClone(answer) as T;
    };
    const disturb = options.disturb ?? ((events) => events);
    return {
      get: (path, query) => {
        const isList = COLLECTIONS.exec(path)?.[4] === undefined;
        return perform({ verb: isList ? "list" : "get", path }, () =>
          isList ? this.list(path, query) : this.get(path),
        );
      },
      create: (path, body) => perform({ verb: "create", path }, () => this.create(path, body as Stored)),
      replace: () => Promise.reject(new Error("nothing here replaces")),
      patch: (path, body) => perform({ verb: "patch", path }, () => this.patch(path, body as Stored)),
      delete: (path, body) =>
        perform({ verb: "delete", path }, () => this.delete(path, body as { preconditions?: object })),
      watch: <T>(path: string, query: Query, signal: AbortSignal) =>
        disturb(this.#watch(path, Number(query.resourceVersion), signal, options)) as AsyncGenerator<T>,
    };
  }

  get(path: string): Stored {
    const object = this.#objects.get(path);
    if (!object) throw new ApiError({ status: 404, reason: "NotFound", message: `${path} not found` });
    return object;
  }

  find(path: string): Stored | undefined {
    return this.#objects.get(path);
  }

  list(path: string, query?: Query): { metadata: { resourceVersion: string }; items: Stored[] } {
    const { resource, namespace } = parse(path);
    void query;
    const items = [...this.#objects.entries()]
      .filter(([key]) => parse(key).resource === resource && (!namespace || parse(key).namespace === namespace))
      .map(([, object]) => object);
    return { metadata: { resourceVersion: String(this.#version) }, items };
  }

  create(path: string, body: Stored): Stored {
    const { resource, namespace } = parse(path);
    const key = `${path}/${body.metadata.name}`;
    if (this.#objects.has(key))
      throw new ApiError({ status: 409, reason: "AlreadyExists", message: `${body.metadata.name} already exists` });
    const object = structuredClone(body);
    object.metadata = {
      ...object.metadata,
      ...(namespace ? { namespace } : {}),
      uid: `uid-${this.#version}`,
      generation: 1,
      creationTimestamp: new Date().toISOString().replace(/\.\d+Z/, "Z"),
    };
    this.created.push({ resource, name: body.metadata.name });
    return this.#store(key, object, "ADDED");
  }

  patch(path: string, body: Stored): Stored {
    const status = path.endsWith("/status");
    const key = status ? path.slice(0, -"/status".length) : path;
    const old = this.get(key);
    const expectedVersion = body.metadata?.resourceVersion;
    if (expectedVersion && expectedVersion !== old.metadata.resourceVersion)
      throw new ApiError({ status: 409, reason: "Conflict", message: "the object has been modified" });
    const { metadata, ...rest } = body;
    const { resourceVersion: _, ...metadataChange } = metadata ?? {};
    // The status of the platform's own kinds is a subresource: each write leaves the other half alone.
    const subresource = parse(key).resource.includes("agentic.io");
    const allowed = !subresource ? rest : status ? { status: rest.status } : { ...rest, status: undefined };
    const change = { ...Object.fromEntries(Object.entries(allowed).filter(([, value]) => value !== undefined)) };
    const object = merge(old, status ? change : { ...change, metadata: metadataChange }) as Stored;
    if (JSON.stringify(object) === JSON.stringify(old)) return old;
    const specChanged = JSON.stringify(object.spec) !== JSON.stringify(old.spec);
    if (specChanged) object.metadata = { ...object.metadata, generation: (old.metadata.generation ?? 1) + 1 };
    return this.#store(key, object, "MODIFIED");
  }

  delete(path: string, body?: { preconditions?: { uid?: string; resourceVersion?: string } }): object {
    const object = this.get(path);
    for (const [field, expected] of Object.entries(body?.preconditions ?? {}))
      if (expected !== undefined && expected !== object.metadata[field as "uid"])
        throw new ApiError({ status: 409, reason: "Conflict", message: `${field} is another one` });
    this.#objects.delete(path);
    this.#note(path, { type: "DELETED", object: this.#versioned(object) });
    // Garbage collection: what it owned goes with it.
    for (const [key, other] of [...this.#objects])
      if (other.metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid)) this.delete(key);
    return {};
  }

  #versioned(object: Stored): Stored {
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
  }

  #store(key: string, object: Stored, type: WatchEvent["type"]): Stored {
    const stored = this.#versioned(object);
    this.#objects.set(key, stored);
    this.#note(key, { type, object: stored });
    return stored;
  }

  #note(key: string, event: WatchEvent): void {
    this.#log.push({ version: this.#version, resource: parse(key).resource, event });
    for (const wake of [...this.#watchers]) wake();
  }

  async *#watch(
    path: string,
    from: number,
    signal: AbortSignal,
    { fault, alive }: { fault: (call: Call) => Fault | undefined; alive: () => boolean },
  ): AsyncGenerator<WatchEvent> {
    await Promise.resolve();
    const injected = alive() ? fault({ verb: "watch", path }) : undefined;
    if (injected) throw injected.error;
    const { resource } = parse(path);
    let index = from;
    while (!signal.aborted) {
      const next = this.#log.find((entry) => entry.version > index && entry.resource === resource);
      if (next && alive()) {
        index = next.version;
        yield structuredClone(next.event);
        continue;
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#watchers.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#watchers.add(wake);
        signal.addEventListener("abort", wake);
      });
    }
  }
}

/** The collection that a path is of, and its namespace. */
function parse(path: string): { resource: string; namespace: string | undefined } {
  const [, group, namespace, plural] = COLLECTIONS.exec(path) ?? [];
  if (!plural) throw new ApiError({ status: 404, reason: "NotFound", message: `${path}: no such path` });
  return { resource: `${group}/${plural}`, namespace };
}
