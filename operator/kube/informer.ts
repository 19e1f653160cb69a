// A list-and-watch cache of one resource: the controller reads from it and is told of every change.
import type { ObjectMeta } from "@agentic/api/agentworkload.ts";
import { isStatus, type KubeApi, type Query } from "./client.ts";

export interface KubeObject {
  metadata: ObjectMeta;
}

export type Change<T> = { type: "set"; object: T; old: T | undefined } | { type: "deleted"; object: T };

/** `S` is what is stored of an object, where that is less than the object. */
export interface InformerOptions<T extends KubeObject, S extends KubeObject = T> {
  client: KubeApi;
  /** Collection path, such as `/apis/agentic.io/v1alpha1/agentworkloads`. */
  path: string;
  /** Selectors. */
  query?: Query;
  /** Drops what the controller doesn't read; a cache of whole objects would be several times as big. */
  trim?: (object: T) => S;
  onChange: (change: Change<S>) => void;
  onError?: (error: Error) => void;
  /** The resource may be unknown to the cluster: then the cache is empty, and asked for again now and then. */
  optional?: boolean;
}

interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T & { code?: number; message?: string };
}

interface List<T> {
  metadata: { resourceVersion: string; continue?: string };
  items: T[];
}

/** Objects of one answer of the first list: the answer is held whole, several times over, while it is read, and what it took stays. */
const PAGE = 20;
const WATCH_SECONDS = 300;
const MAX_BACKOFF_MS = 30_000;

/** `namespace/name`, or the name alone of a cluster-scoped object. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

export class Informer<T extends KubeObject, S extends KubeObject = T> {
  readonly #options: InformerOptions<T, S>;
  readonly #store = new Map<string, S>();
  readonly #synced = Promise.withResolvers<void>();
  #resourceVersion = "";
  #hasSynced = false;

  constructor(options: InformerOptions<T, S>) {
    this.#options = options;
  }

  get(key: string): S | undefined {
    return this.#store.get(key);
  }

  values(): IterableIterator<S> {
    return this.#store.values();
  }

  get size(): number {
    return this.#store.size;
  }

  /** Whether the first list is complete. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves with the first complete list. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Stores less of an object from now on; what is stored must still be of the same version. */
  shrink(key: string, less: (object: S) => S): void {
    const object = this.#store.get(key);
    if (object) this.#store.set(key, less(object));
  }

  /**
   * Takes in an object that a write returned, so that the next look sees it before the watch brings it. An object
   * that the watch has already passed is left out: it may have been deleted since.
   */
  observe(object: T): void {
    const known = this.#store.get(keyOf(object));
    const version = BigInt(object.metadata.resourceVersion ?? "0");
    const reached = BigInt(known?.metadata.resourceVersion ?? (this.#resourceVersion || "0"));
    if (version > reached) this.#store.set(keyOf(object), this.#trim(object));
  }

  /** Lists and watches until the signal aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === "") await this.#list(signal);
        await this.#watch(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (isStatus(error, 410)) {
          this.#resourceVersion = "";
          continue;
        }
        // A silent watch: the network may have lost it, so it is begun anew from where it was.
        if ((error as { code?: string }).code === "UND_ERR_BODY_TIMEOUT") continue;
        let wait = Math.min(MAX_BACKOFF_MS, 250 * 2 ** failures++);
        if (this.#options.optional && (isStatus(error, 404) || isStatus(error, 403))) {
          this.#finishSync();
          wait = MAX_BACKOFF_MS;
        } else this.#options.onError?.(error as Error);
        await sleep(wait * (0.75 + Math.random() / 2), signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, path, query } = this.#options;
    const seen = new Set<string>();
    let next: string | undefined;
    do {
      const page: List<T> = await client.get(path, { ...query, limit: PAGE, continue: next }, signal);
      for (const item of page.items) {
        seen.add(keyOf(item));
        this.#set(item);
      }
      next = page.metadata.continue;
      this.#resourceVersion = page.metadata.resourceVersion;
    } while (next);
    const listed = BigInt(this.#resourceVersion);
    for (const [key, object] of this.#store) {
      // One that a write returned after the list was made is not in it, and yet there.
      if (!seen.has(key) && BigInt(object.metadata.resourceVersion ?? "0") <= listed) this.#remove(key, object);
    }
    this.#finishSync();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, path, query } = this.#options;
    const events = client.watch<WatchEvent<T>>(
      path,
      {
        ...query,
        resourceVersion: this.#resourceVersion,
        allowWatchBookmarks: true,
        // Spread, so that the watches of a cluster's clients don't end together.
        timeoutSeconds: Math.round(WATCH_SECONDS * (1 + Math.random())),
      },
      signal,
    );
    for await (const { type, object } of events) {
      if (type === "ERROR") {
        // Whatever it is (mostly 410: the version is compacted), a new list is the way on.
        this.#resourceVersion = "";
        if (object.code === 410) return;
        throw new Error(`watch of ${path}: ${object.message ?? "error"}`);
      }
      this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
      if (type === "DELETED") this.#remove(keyOf(object), this.#trim(object));
      else if (type !== "BOOKMARK") this.#set(object);
    }
  }

  #set(object: T): void {
    const key = keyOf(object);
    const old = this.#store.get(key);
    // What a write returned may be newer than what the watch brings just now.
    if (old && BigInt(old.metadata.resourceVersion ?? "0") > BigInt(object.metadata.resourceVersion ?? "0")) return;
    const trimmed = this.#trim(object);
    this.#store.set(key, trimmed);
    this.#options.onChange({ type: "set", object: trimmed, old });
  }

  #remove(key: string, object: S): void {
    this.#store.delete(key);
    this.#options.onChange({ type: "deleted", object });
  }

  #trim(object: T): S {
    // Without a trim what is stored is the object.
    return this.#options.trim ? this.#options.trim(object) : (object as KubeObject as S);
  }

  #finishSync(): void {
    this.#hasSynced = true;
    this.#synced.resolve();
  }
}

/** Waits, or returns at once when the signal aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener("abort", finish);
  });
}
