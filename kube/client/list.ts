// Reads a collection page by page: while an answer is parsed it takes several times its size in memory.
import type { Query } from "./query.ts";

/** One page of a list. */
export interface List<T> {
  metadata: { resourceVersion: string; continue?: string };
  /** Go writes an empty list as null. */
  items: T[] | null;
}

export interface ListOptions {
  /** Selectors. */
  query?: Query;
  /** Objects of one page; default 500, as in kubectl. */
  limit?: number;
  signal?: AbortSignal;
}

/** The method of a client that gets pages. */
export interface Getter {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
}

/** Each page of the collection. Throws an ApiError 410 if the list's version expires between two pages. */
export async function* pages<T>(
  client: Getter,
  path: string,
  { query, limit = 500, signal }: ListOptions = {},
): AsyncGenerator<List<T>> {
  let next: string | undefined;
  do {
    const page: List<T> = await client.get(path, { ...query, limit, continue: next }, signal);
    yield page;
    next = page.metadata.continue || undefined;
  } while (next);
}
