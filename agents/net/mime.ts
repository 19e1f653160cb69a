// The media type of a response: from its Content-Type as browsers parse it, or guessed from its first bytes.
import { parseMIMEType } from "undici";

export const HTML = "text/html";
export const XHTML = "application/xhtml+xml";

/** Media types of pages that are read; a leading "*" matches any prefix. */
export const PAGE_TYPES: readonly string[] = [HTML, XHTML, "text/plain", "application/json", "text/json", "*+json"];

export interface MediaType {
  /** Type and subtype, lower case: "text/html". */
  essence: string;
  /** The charset parameter, as it was sent. */
  charset?: string;
}

export const isJson = (essence: string): boolean => /^(application|text)\/json$|\+json$/.test(essence);

/** Whether a list such as {@link PAGE_TYPES} contains the type. */
export function accepts(types: readonly string[], essence: string): boolean {
  return types.some((type) => (type.startsWith("*") ? essence.endsWith(type.slice(1)) : essence === type));
}

/**
 * The media type of a Content-Type header, which may have been sent several times: the last valid value counts, and keeps
 * the charset of an earlier one of the same type if it has none. (Fetch Standard, "extract a MIME type".)
 */
export function mediaTypeOf(header: string | null): MediaType | undefined {
  let type: MediaType | undefined;
  for (const value of splitOutsideQuotes(header ?? "")) {
    const parsed = parseMIMEType(value);
    if (parsed === "failure" || parsed.essence === "*/*") continue;
    const earlierCharset: string | undefined = type?.essence === parsed.essence ? type.charset : undefined;
    const charset = parsed.parameters.get("charset") ?? earlierCharset;
    type = { essence: parsed.essence, ...(charset === undefined ? {} : { charset }) };
  }
  return type;
}

/** The comma-separated values; a comma within quotes is part of a value. */
function splitOutsideQuotes(header: string): string[] {
  return (header.match(/(?:"(?:[^"\\]|\\.)*(?:"|$)|[^,"])+/gs) ?? []).map((value) => value.trim());
}

// MIME Sniffing Standard, "identifying a resource with an unknown MIME type". A tag's name ends with a space or ">".
const htmlStart =
  /^[\t\n\f\r ]*<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[ >]/i;
const xmlStart = /^[\t\n\f\r ]*<\?xml/;

const signatures: [start: string, type: string][] = [
  ["%PDF-", "application/pdf"],
  ["%!PS-Adobe-", "application/postscript"],
  ["\x89PNG\r\n\x1A\n", "image/png"],
  ["\xFF\xD8\xFF", "image/jpeg"],
  ["GIF8", "image/gif"],
  ["PK\x03\x04", "application/zip"],
  ["\x1F\x8B\x08", "application/gzip"],
];

/** Whether the byte never occurs in text of an encoding that is a superset of ASCII. */
const isBinary = (byte: number): boolean =>
  byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f);

/** The bytes that are examined, which the standard calls the resource header. */
const headOf = (body: Uint8Array): Buffer => Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 1445));

/** One binary byte in this many is tolerated: such a page is still readable. */
const TOLERATED_ONE_IN = 50;

/** Whether a body isn't text, whatever its type says: a page may have a few stray control characters, a picture has more. */
export function isMostlyBinary(body: Uint8Array): boolean {
  const bytes = headOf(body);
  return bytes.filter(isBinary).length * TOLERATED_ONE_IN > bytes.length;
}

/** The media type guessed from the first bytes. */
export function sniffMediaType(body: Uint8Array): string {
  const bytes = headOf(body);
  const start = bytes.toString("latin1");
  const signature = signatures.find(([beginning]) => start.startsWith(beginning));
  if (signature) return signature[1];
  const text = start.replace(/^\xEF\xBB\xBF/, "");
  if (htmlStart.test(text)) return HTML;
  if (xmlStart.test(text)) return /<html[\s>]/.test(text) ? XHTML : "text/xml";
  const hasMark = /^(?:\xEF\xBB\xBF|\xFE\xFF|\xFF\xFE)/.test(start);
  return !hasMark && bytes.some(isBinary) ? "application/octet-stream" : "text/plain";
}
