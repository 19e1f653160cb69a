// Cutting text for people and for the status: by bytes, and never through a character.

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;

/** The end of UTF-8 bytes that is at most `limit` long and begins with a whole character. */
export function tailBytes(bytes: Buffer, limit: number): Buffer {
  if (bytes.length <= limit) return bytes;
  let start = bytes.length - limit;
  while (isContinuation(bytes[start])) start++;
  return bytes.subarray(start);
}

/** The end of a text that is at most `limit` bytes of UTF-8 long. */
export const tail = (text: string, limit: number): string =>
  tailBytes(Buffer.from(text, "utf8"), limit).toString("utf8");

/** The beginning of a text, at most `limit` UTF-16 units long; a cut is shown. */
export function head(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
