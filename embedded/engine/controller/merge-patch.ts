// The difference of two JSON values as a merge patch, so that a write names what it changes and nothing else.

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The JSON merge patch (RFC 7396) that makes `after` of `before`; undefined when they are equal. A field that is undefined
 * isn't there. Nulls can't be told from fields that aren't there: a patch has no words for them.
 */
export function mergePatch(before: unknown, after: unknown): unknown {
  if (before === after) return undefined;
  if (!isObject(before) || !isObject(after))
    return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(before)) {
    const gone = before[key] !== undefined && before[key] !== null && (after[key] ?? undefined) === undefined;
    if (gone) patch[key] = null;
  }
  for (const [key, value] of Object.entries(after)) {
    const change = value === undefined || value === null ? undefined : mergePatch(before[key], value);
    if (change !== undefined) patch[key] = change;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}
