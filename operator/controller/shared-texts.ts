// One copy of each text that thousands of cached objects repeat: namespaces, phases, conditions' reasons and messages, times.

/** Texts in the pool at most; then it begins anew, because most of the texts that pass through it are of one object alone. */
const maxTexts = 1_000;

/** Characters of a text that is looked up at most. */
const maxLength = 100;

const copies = new Map<string, string>();

/** A copy of the text that other objects have, too. */
export function intern(text: string): string {
  if (text.length > maxLength) return text;
  const copy = copies.get(text);
  if (copy !== undefined) return copy;
  if (copies.size >= maxTexts) copies.clear();
  copies.set(text, text);
  return text;
}

/** The same value, all of whose texts are interned. */
export function shareTexts<T>(value: T): T {
  if (typeof value === "string") return intern(value) as T;
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  for (const name in fields) fields[name] = shareTexts(fields[name]);
  return value;
}
