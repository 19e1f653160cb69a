// A list-and-watch cache of one resource: a controller reads from it and is told of every change.
import { isStatus } from "../client/api-error.ts";
import type { Watches } from "../client/client.ts";
import { pages } from "../client/list.ts";
import type { Query } from "../client/query.ts";
import { isNewer, type KubeObject, keyOf } from "./object.ts";
import { sleep } from "./sleep.ts";

/** `object` is `old` itself if nothing changed: a write had returned that version already, or a second list repeats it. */
export type Change<S> = { type: "set"; object: S; old: S | undefined } | { type: "deleted"; object: S };

/** `S` is the stored part of an object, if it is less than the object. */
export interface InformerOptions<T extends KubeObject, S extends KubeObject = T> {
  client: Watches;
  /** Collection path, such as `/apis/agentic.io/v1alpha1/agentworkloads`. */
  path: string;
  /** Selectors. */
  query?: Query;
  /** Drops what the controller doesn't read; a cache of whole objects would be several times as big. */
  trim?: (object: T) => S;
  onChange: (change: Change<S>) => void;
  /** Called for a failure; the informer then tries again. */
  onError?: (error: Error, path: string) => void;
  /** The cluster may not know the resource, or forbid it: then the cache is empty, and the list is tried again every 30 s or so. */
  optional?: boolean;
  /** Objects of one page of a list: while a page is parsed it takes several times its size in memory. Default 20. */
  pageSize?: number;
  /** Longest wait after failures in a row, in milliseconds; default 30 s. */
  maxBackoffMs?: number;
}

interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T & { code?: number; message?: string };
}

const watchSeconds = 300;
const firstBackoffMs = 250;
/** How long until the informer looks again for a kind that the cluster lacks. */
const absentMs = 30_000;
/** A watch that ends sooner, without an event, counts as refused by the server. */
const shortestWatchMs = 1_000;

export class Informer<T extends KubeObject, S extends KubeObject = T> {
  readonly #options: InformerOptions<T, S>;
  readonly #store = new Map<string, S>();
  readonly #synced = Promise.withResolvers<void>();
  /** Where the next watch begins; "" asks for a list. */
  #resourceVersion = "";
  #hasSynced = false;
  /** Failures in a row. */
  #failures = 0;
  /** Lists in a row whose version expired before they were complete, or before their watch brought an event. */
  #expired = 0;

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

  /** Replaces the stored part of an object by a smaller one of the same version. */
  shrink(key: string, less: (object: S) => S): void {
    const object = this.#store.get(key);
    if (object) this.#store.set(key, less(object));
  }

  /**
   * Stores an object that a write returned, so that readers see it before the watch brings it, and returns the stored part; `onChange`
   * isn't called. undefined for an object that is no newer than what the watch has brought: it may have been deleted since.
   */
  observe(object: T): S | undefined {
    const key = keyOf(object);
    const reached = this.#store.get(key)?.metadata.resourceVersion ?? this.#resourceVersion;
    if (!isNewer(object.metadata.resourceVersion, reached)) return undefined;
    const trimmed = this.#trim(object);
    this.#store.set(key, trimmed);
    return trimmed;
  }

  /** Lists and watches until the signal aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === "") await this.#list(signal);
        const wait = (await this.#watch(signal)) ? 0 : this.#backoff();
        if (wait > 0) await sleep(wait, signal);
      } catch (error) {
        if (signal.aborted) return;
        await sleep(this.#waitAfter(error as Error), signal);
      }
    }
  }

  /** Milliseconds until the next try. */
  #waitAfter(error: Error): number {
    const { optional, onError, path } = this.#options;
    if (isStatus(error, 410)) {
      // The version is compacted: of the watch, or of a list between two of its pages. A new list follows, the first time at once.
      this.#resourceVersion = "";
      return this.#expired++ === 0 ? 0 : this.#backoff();
    }
    // A silent watch: the network may have lost it, so another one continues from the same version.
    if ((error as NodeJS.ErrnoException).code === "UND_ERR_BODY_TIMEOUT" && this.#resourceVersion !== "") return 0;
    if (optional && isStatus(error, 403, 404)) {
      this.#finishSync();
      return absentMs * (0.75 + Math.random() / 2);
    }
    onError?.(error, path);
    return this.#backoff();
  }

  #backoff(): number {
    const { maxBackoffMs = 30_000 } = this.#options;
    // Random, so that a cluster's clients don't all come back at the same time.
    return Math.min(maxBackoffMs, firstBackoffMs * 2 ** this.#failures++) * (0.75 + Math.random() / 2);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, path, query = {}, pageSize: limit = 20 } = this.#options;
    const seen = new Set<string>();
    let listed = "";
    // Each page is stored before the next is requested: the whole list at once would take many times the memory of what is stored.
    for await (const { items, metadata } of pages<T>(client, path, { query, limit, signal })) {
      for (const item of items ?? []) {
        seen.add(keyOf(item));
        this.#set(item);
      }
      listed = metadata.resourceVersion;
    }
    for (const [key, object] of this.#store) {
      // An object that a write returned after the list was made is not in the list, but exists.
      if (!seen.has(key) && !isNewer(object.metadata.resourceVersion, listed)) this.#remove(key, object);
    }
    // Only now: a list that breaks off between two pages must start from the beginning.
    this.#resourceVersion = listed;
    this.#finishSync();
  }

  /** Whether the watch was useful: it brought an event, or it lasted. */
  async #watch(signal: AbortSignal): Promise<boolean> {
    const { client, path, query } = this.#options;
    const started = performance.now();
    const events = client.watch<WatchEvent<T>>(
      path,
      {
        ...query,
        resourceVersion: this.#resourceVersion,
        allowWatchBookmarks: true,
        // Random, so that the watches of a cluster's clients don't all end at the same time.
        timeoutSeconds: Math.round(watchSeconds * (1 + Math.random())),
      },
      signal,
    );
    let isUseful = false;
    for await (const { type, object } of events) {
      if (type === "ERROR") {
        // Whatever the error is (mostly 410: the version is compacted), a new list follows.
        this.#resourceVersion = "";
        if (object.code === 410) return isUseful || this.#expired++ === 0;
        throw new Error(`watch of ${path}: ${object.message ?? "error"}`);
      }
      isUseful = true;
      this.#failures = 0;
      this.#expired = 0;
      this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
      if (type === "DELETED") this.#delete(object);
      else if (type !== "BOOKMARK") this.#set(object);
    }
    return isUseful || performance.now() - started >= shortestWatchMs;
  }

  #set(object: T): void {
    const key = keyOf(object);
    const old = this.#store.get(key);
    // The stored object may be one that a write returned, which is newer than the watch's.
    if (old && isNewer(old.metadata.resourceVersion, object.metadata.resourceVersion)) return;
    if (old?.metadata.resourceVersion && old.metadata.resourceVersion === object.metadata.resourceVersion) {
      this.#options.onChange({ type: "set", object: old, old });
      return;
    }
    const trimmed = this.#trim(object);
    this.#store.set(key, trimmed);
    this.#options.onChange({ type: "set", object: trimmed, old });
  }

  #delete(object: T): void {
    const key = keyOf(object);
    const stored = this.#store.get(key);
    const trimmed = this.#trim(object);
    // The stored object may be a newer one of the same name, which a write has returned meanwhile.
    if (stored && isNewer(stored.metadata.resourceVersion, object.metadata.resourceVersion))
      this.#options.onChange({ type: "deleted", object: trimmed });
    else this.#remove(key, trimmed);
  }

  #remove(key: string, object: S): void {
    this.#store.delete(key);
    this.#options.onChange({ type: "deleted", object });
  }

  #trim(object: T): S {
    // Without a trim the whole object is stored.
    return this.#options.trim ? this.#options.trim(object) : (object as KubeObject as S);
  }

  #finishSync(): void {
    this.#hasSynced = true;
    this.#synced.resolve();
  }
}
