// The query parameters of a request's URL.

/** Parameters by name; undefined and "" are left out. */
export type Query = Record<string, string | number | boolean | undefined>;

/** The path with its parameters. */
export function withQuery(path: string, query?: Query): string {
  // As most requests are.
  if (query === undefined) return path;
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== "") params.set(key, String(value));
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}
