// A collection page by page: the answer to a list is held several times over while it is read.
import type { Query } from "./query.ts";

/** One page of a list. */
export interface List<T> {
  metadata: { resourceVersion: string; continue?: string };
  /** null where there is none: an empty list of Go. */
  items: T[] | null;
}

export interface ListOptions {
  /** Selectors. */
  query?: Query;
  /** Objects of one page; default 500, as kubectl's. */
  limit?: number;
  signal?: AbortSignal;
}

/** What pages are got with. */
export interface Getter {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
}

/** Each page of the collection. Throws an ApiError 410 where the list's version expires between two pages. */
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
