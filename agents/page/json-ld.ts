// JSON-LD as facts: one line per value, under the name of the thing it belongs to.

export interface JsonLdLine {
  /** The thing, such as "Larkspur Aria". */
  subject: string;
  /** Path of the value within it, such as "offers price". */
  property: string;
  value: string;
}

/** More is no description of a page any more. */
const MAX_LINES = 200;
const MAX_DEPTH = 6;

/** The values of a JSON-LD text; none if it is no JSON. */
export function jsonLdLines(text: string): JsonLdLine[] {
  const lines: JsonLdLine[] = [];
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return [];
  }
  const walk = (value: unknown, subject: string, path: string[], depth: number): void => {
    if (lines.length >= MAX_LINES || depth > MAX_DEPTH) return;
    if (Array.isArray(value)) {
      for (const one of value) walk(one, subject, path, depth + 1);
    } else if (typeof value === "object" && value !== null) {
      const thing = value as Record<string, unknown>;
      const own = typeof thing.name === "string" && path.length === 0 ? thing.name : subject;
      for (const [key, inner] of Object.entries(thing)) {
        if ((key.startsWith("@") && key !== "@graph") || key === "priceCurrency") continue;
        const price = key === "price" && thing.priceCurrency ? `${inner} ${thing.priceCurrency}` : inner;
        walk(price, own, key === "@graph" ? path : [...path, key], depth + 1);
      }
    } else if (value !== null && value !== "" && path.length > 0 && !(path.length === 1 && path[0] === "name")) {
      lines.push({ subject: subject || "page", property: path.join(" "), value: String(value).slice(0, 300) });
    }
  };
  walk(document, "", [], 0);
  return lines;
}
