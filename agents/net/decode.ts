// Decodes a page's bytes as a browser would: by BOM, Content-Type header, XML declaration or meta element, or contents.
import htmlEncodingSniffer from "html-encoding-sniffer";
import { UnreadableError } from "../core/errors.ts";
import { isJson, XHTML } from "./mime.ts";
import { scanTags } from "./tags.ts";

/** Bytes that browsers always search for a meta element; beyond them, up to the end of the head. */
const PRESCAN = 1024;

/** Bytes after which the search ends in a head that is not closed. */
const MAX_HEAD = 64 * 1024;

/** The sniffer's result where nothing names an encoding. */
const UNKNOWN = "unknown";

const headTags = new Set("html head base link meta object noscript script style title".split(" "));

export interface EncodedPage {
  body: Uint8Array;
  /** Label from the Content-Type header. */
  charset?: string | undefined;
  /** Default: text/html. */
  mediaType?: string;
}

/** The page's text. Throws for the few encodings that browsers refuse, such as ISO-2022-KR. */
export function decodePage({ body, charset, mediaType = "text/html" }: EncodedPage): string {
  const encoding = encodingOf(body, charset, mediaType);
  if (encoding === "replacement") throw new UnreadableError("the page is in an encoding that browsers refuse to read");
  if (encoding !== UNKNOWN) return new TextDecoder(encoding).decode(body);
  return decodeByContents(body);
}

/** The encoding's name, by the HTML Standard's encoding sniffing algorithm. */
function encodingOf(body: Uint8Array, charset: string | undefined, mediaType: string): string {
  const header = charset === undefined ? {} : { transportLayerEncodingLabel: charset };
  if (mediaType === XHTML) return htmlEncodingSniffer(body, { ...header, xml: true });
  if (isJson(mediaType)) return htmlEncodingSniffer(body, { maxPrescanBytes: 0, defaultEncoding: "UTF-8" });
  const options = { ...header, defaultEncoding: UNKNOWN };
  if (mediaType !== "text/html") return htmlEncodingSniffer(body, { ...options, maxPrescanBytes: 0 });
  return htmlEncodingSniffer(tagsOfHead(body), { ...options, maxPrescanBytes: Number.POSITIVE_INFINITY });
}

/**
 * The document's head with its text blanked, so that a script, style or title that contains "<meta" is not taken for a meta
 * element: the standard's prescan ignores only comments, while browsers ignore those as well.
 */
function tagsOfHead(body: Uint8Array): Uint8Array {
  // A copy: a Buffer's own slice() would share its memory.
  const bytes = new Uint8Array(body.subarray(0, MAX_HEAD));
  let end = Math.min(PRESCAN, bytes.length);
  let inHead = true;
  // In latin1 each byte is one character, so that offsets in the text are offsets in the bytes.
  scanTags(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"), {
    onStartTag: ({ tagName, location }, stop) => {
      inHead &&= headTags.has(tagName);
      const place = location ?? { startOffset: 0, endOffset: 0 };
      if (inHead) end = Math.max(end, place.endOffset);
      else if (place.startOffset >= PRESCAN) stop();
    },
    onEndTag: ({ tagName }) => {
      inHead &&= tagName !== "head";
    },
    // The first six bytes may be a UTF-16 signature.
    onText: ({ location }) => {
      if (location) bytes.fill(0x20, Math.max(location.startOffset, 6), Math.max(location.endOffset, 6));
    },
  });
  return bytes.subarray(0, end);
}

/**
 * Decodes text whose encoding is not declared: as UTF-8 if most of its non-ASCII characters are valid UTF-8, else as
 * windows-1252, the default of browsers in western locales.
 */
function decodeByContents(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  let invalid = 0;
  let valid = 0;
  for (const char of text)
    if (char === "\uFFFD") invalid++;
    else if (char > "\x7F") valid++;
  return invalid > valid ? new TextDecoder("windows-1252").decode(body) : text;
}
