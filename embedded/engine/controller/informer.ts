// A local copy of one kind of object, kept by a list and a watch. What we write ourselves goes into it at once, so that
// the next pass never acts on less than what the last one did.
import { setTimeout as sleep } from "node:timers/promises";
import { isStatus, type Query, type Watches } from "./client.ts";

export interface KubeObject {
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    managedFields?: unknown;
  };
}

export type Change = "set" | "gone";

interface Event<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T & { code?: number; message?: string };
}

interface List<T> {
  metadata: { resourceVersion: string; continue?: string };
  items: T[];
}

export interface InformerOptions<T> {
  /** The collection, e.g. `/api/v1/namespaces/a/pods`. */
  path: string;
  query?: Query;
  /** A kind that the cluster may lack, or that we may have no right to, counts as empty. */
  optional?: boolean;
  /** What to keep of an object; all of it by default. */
  keep?: (object: T) => T;
  onChange: (object: T, change: Change) => void;
  onProblem: (error: unknown, path: string) => void;
}

export const keyOf = ({ metadata }: KubeObject) =>
  metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;

/** Versions of one kind can be compared as numbers (guaranteed since Kubernetes 1.35, true of etcd's before). */
export function isNewer(version: string | undefined, than: string | undefined): boolean {
  if (!version || !than) return true;
  return version.length === than.length ? version > than : version.length > than.length;
}

const PAGE = 100;
const LONGEST_WAIT_MS = 3_000;
/** How long until a kind is looked for again that the cluster lacks. */
const ABSENT_MS = 60_000;

export class Informer<T extends KubeObject> {
  readonly items = new Map<string, T>();
  readonly #client: Watches;
  readonly #options: InformerOptions<T>;
  readonly #stop = new AbortController();
  #version = "";
  #synced: (() => void) | undefined;
  readonly synced: Promise<void>;
  isSynced = false;
  #running: Promise<void> | undefined;

  constructor(client: Watches, options: InformerOptions<T>) {
    this.#client = client;
    this.#options = options;
    this.synced = new Promise((resolve) => {
      this.#synced = resolve;
    });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  get(key: string): T | undefined {
    return this.items.get(key);
  }

  /** Takes an object that the server has just returned; an older one than is known is ignored. */
  offer(object: T): void {
    const key = keyOf(object);
    const known = this.items.get(key);
    if (
      known &&
      known.metadata.uid === object.metadata.uid &&
      !isNewer(object.metadata.resourceVersion, known.metadata.resourceVersion)
    )
      return;
    delete object.metadata.managedFields;
    const kept = this.#options.keep?.(object) ?? object;
    this.items.set(key, kept);
    this.#options.onChange(kept, "set");
  }

  #remove(object: T): void {
    const key = keyOf(object);
    const known = this.items.get(key);
    // The event may be about a namesake that came before.
    if (known && known.metadata.uid === object.metadata.uid) this.items.delete(key);
    this.#options.onChange(object, "gone");
  }

  async #list(): Promise<void> {
    // Each page is taken in before the next is asked for: the whole list at once would be many times what is kept.
    const found = new Set<string>();
    let version = "";
    let next: string | undefined;
    do {
      const page: List<T> = await this.#client.get(this.#options.path, {
        ...this.#options.query,
        limit: PAGE,
        continue: next,
      });
      for (const item of page.items) {
        found.add(keyOf(item));
        this.offer(item);
      }
      version = page.metadata.resourceVersion;
      next = page.metadata.continue || undefined;
    } while (next);
    for (const [key, item] of this.items) {
      const written = isNewer(item.metadata.resourceVersion, version);
      if (!found.has(key) && !written) this.#remove(item);
    }
    // Only now: a list that broke off between two pages begins anew.
    this.#version = version;
    this.#markSynced();
  }

  #markSynced(): void {
    this.isSynced = true;
    this.#synced?.();
  }

  async #watch(): Promise<void> {
    const query = {
      ...this.#options.query,
      resourceVersion: this.#version,
      allowWatchBookmarks: true,
      // Spread, so that the watches of many controllers don't end together.
      timeoutSeconds: 240 + Math.floor(Math.random() * 60),
    };
    for await (const { type, object } of this.#client.watch<Event<T>>(this.#options.path, query, this.#stop.signal)) {
      if (type === "ERROR") {
        // The version is too old to go on from: list again.
        this.#version = "";
        if (object.code !== 410) throw new Error(object.message ?? `watch ended with code ${object.code}`);
        return;
      }
      this.#version = object.metadata.resourceVersion ?? this.#version;
      if (type === "DELETED") this.#remove(object);
      else if (type !== "BOOKMARK") this.offer(object);
    }
  }

  async #run(): Promise<void> {
    let wait = 0;
    while (!this.#stop.signal.aborted) {
      try {
        if (!this.#version) await this.#list();
        await this.#watch();
        wait = 0;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (isStatus(error, 410)) this.#version = "";
        const absent = this.#options.optional === true && isStatus(error, 403, 404);
        if (absent) this.#markSynced();
        else this.#options.onProblem(error, this.#options.path);
        wait = absent ? ABSENT_MS : Math.min(wait * 2 || 100, LONGEST_WAIT_MS);
        await sleep(wait, undefined, { signal: this.#stop.signal }).catch(() => {});
      }
    }
  }
}
