// The difference of two JSON values as a merge patch, so that a write contains only the fields that it changes.

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The JSON merge patch (RFC 7396) that turns `before` into `after`; undefined when they are equal. A field that is undefined counts
 * as absent, and so does one that is null, because null in a merge patch removes a field.
 */
export function mergePatch(before: unknown, after: unknown): unknown {
  if (before === after) return undefined;
  if (!isObject(before) || !isObject(after))
    return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(before)) {
    const isRemoved = before[key] !== undefined && before[key] !== null && (after[key] ?? undefined) === undefined;
    if (isRemoved) patch[key] = null;
  }
  for (const [key, value] of Object.entries(after)) {
    const change = value === undefined || value === null ? undefined : mergePatch(before[key], value);
    if (change !== undefined) patch[key] = change;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}
