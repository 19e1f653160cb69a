// What the doctor sees with the person's own rights: what it may not read it remembers, and goes on.
import type { NAMESPACES } from "@agentic/api/names.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import type { Query } from "@agentic/kube/client/query.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import type { Space } from "./spaces.ts";

/** Refused, or not served: nothing was seen, which doesn't mean that nothing is there. */
export type Unseen = undefined;

export interface SightOptions {
  client: Client;
  connection: Connection;
  /** The namespace that the person works in. */
  namespace: string;
  spaces: readonly Space[];
}

export class Sight {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  readonly spaces: readonly Space[];
  readonly #refused = new Set<string>();

  constructor({ client, connection, namespace, spaces }: SightOptions) {
    this.client = client;
    this.connection = connection;
    this.namespace = namespace;
    this.spaces = spaces;
  }

  /** What could not be looked at, one sentence each. */
  get refused(): string[] {
    return [...this.#refused];
  }

  /** The platform's own namespaces that are there, or that may be. */
  get platform(): readonly Space[] {
    return this.spaces.filter(({ kind }) => kind === "platform");
  }

  get tenants(): readonly Space[] {
    return this.spaces.filter(({ kind }) => kind === "tenant");
  }

  isInstalled(namespace: (typeof NAMESPACES)[keyof typeof NAMESPACES]): boolean {
    return this.spaces.some(({ name }) => name === namespace);
  }

  /** The objects of a collection; undefined where they may not be listed, or their kind isn't served. */
  async list<T>(path: string, query: Query = {}): Promise<T[] | Unseen> {
    return await this.#unlessRefused(path, () => this.client.list<T>(path, { query }));
  }

  /** An object; undefined where it may not be read, null where it isn't there. */
  async get<T>(path: string): Promise<T | null | Unseen> {
    return await this.#unlessRefused(path, async () => {
      try {
        return await this.client.get<T>(path);
      } catch (error) {
        if (isStatus(error, 404)) return null;
        throw error;
      }
    });
  }

  /** Remembers that something could not be looked at, and why. */
  note(sentence: string): void {
    this.#refused.add(sentence);
  }

  async #unlessRefused<T>(path: string, read: () => Promise<T>): Promise<T | Unseen> {
    try {
      return await read();
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      if (!isStatus(error, 401, 403)) throw error;
      const [, namespace, resource = path] =
        /^\/(?:api|apis\/[^/]+)\/[^/]+(?:\/namespaces\/([^/]+))?\/(.+)$/.exec(path) ?? [];
      this.note(`${resource}${namespace ? ` in ${namespace}` : " of the cluster"}: you may not read them`);
      return undefined;
    }
  }
}

/** Path of the objects of a kind in a namespace, or in all. */
export function pathOf(api: string, plural: string, namespace?: string): string {
  const base = api.includes("/") ? `/apis/${api}` : `/api/${api}`;
  return namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${namespace}/${plural}`;
}
