// JSON merge patches (RFC 7396): the difference between two documents.

type JsonObject = { [key: string]: unknown };

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The merge patch that turns `from` into `to`, or undefined if they are equal; arrays are replaced as a whole. */
export function mergeDiff(from: object, to: object): JsonObject | undefined {
  const before = from as JsonObject;
  const after = to as JsonObject;
  const patch: JsonObject = {};
  for (const key of Object.keys(before)) {
    if (after[key] === undefined && before[key] !== undefined) patch[key] = null;
  }
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (value === undefined) continue;
    if (isObject(value) && isObject(old)) {
      const inner = mergeDiff(old, value);
      if (inner) patch[key] = inner;
    } else if (!equal(old, value)) patch[key] = value;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}
