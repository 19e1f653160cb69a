// Takes the end of a log or a message, by bytes, without splitting a character (api/text.ts takes the beginning).

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;

/** The longest end of UTF-8 bytes that has at most `limit` of them and begins with a whole character. */
export function tailBytes(bytes: Buffer, limit: number): Buffer {
  if (bytes.length <= limit) return bytes;
  let start = bytes.length - limit;
  while (isContinuation(bytes[start])) start++;
  return bytes.subarray(start);
}

/** The end of a text that is at most `limit` bytes of UTF-8 long. */
export const tail = (text: string, limit: number): string =>
  tailBytes(Buffer.from(text, "utf8"), limit).toString("utf8");
