// Splits JSON texts without parsing the values in them, so that numbers, escapes and order stay as they are written. Every text
// must be valid JSON.

/** The index of the quote that ends the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json[end - 1 - backslashes] === "\\") backslashes++;
    if (end < 0 || backslashes % 2 === 0) return end < 0 ? json.length : end;
  }
}

/** The text without white space between its parts. */
export function compact(json: string): string {
  let result = "";
  let from = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json[i] ?? "";
    if (char === '"') i = endOfString(json, i);
    else if (/\s/.test(char)) {
      result += json.slice(from, i);
      from = i + 1;
    }
  }
  return result + json.slice(from);
}

/** The parts between the commas of a compact list or object. */
function parts(json: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 1;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === '"') i = endOfString(json, i);
    else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth--;
    const ends = (char === "," && depth === 1) || (depth === 0 && i > from);
    if (!ends) continue;
    found.push(json.slice(from, i));
    from = i + 1;
  }
  return found;
}

/** The elements of a compact JSON list. */
export const elements = parts;

/** The members of a compact JSON object; of two with the same name the last one counts. */
export function members(json: string): Map<string, string> {
  return new Map(
    parts(json).map((part) => {
      const end = endOfString(part, 0);
      return [JSON.parse(part.slice(0, end + 1)) as string, part.slice(end + 2)];
    }),
  );
}
