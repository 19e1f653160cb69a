// A page's bytes as text, by the encoding that a browser would take: BOM, header, XML declaration or meta, contents.
import htmlEncodingSniffer from "html-encoding-sniffer";
import { UnreadableError } from "../core/errors.ts";
import { isJson, XHTML } from "./mime.ts";
import { scanTags } from "./tags.ts";

/** Browsers look this far unconditionally, and on to the end of the head. Bytes. */
const PRESCAN = 1024;

/** Where a head without end is given up. Bytes. */
const MAX_HEAD = 64 * 1024;

/** What stands for "nothing says so". */
const UNKNOWN = "unknown";

const headTags = new Set("html head base link meta object noscript script style title".split(" "));

export interface EncodedPage {
  body: Uint8Array;
  /** Label from the Content-Type header. */
  charset?: string | undefined;
  /** Default: text/html. */
  mediaType?: string;
}

/** The page's text. Throws for the few encodings that browsers refuse, as ISO-2022-KR. */
export function decodePage({ body, charset, mediaType = "text/html" }: EncodedPage): string {
  const encoding = encodingOf(body, charset, mediaType);
  if (encoding === "replacement") throw new UnreadableError("the page is in an encoding that browsers refuse to read");
  if (encoding !== UNKNOWN) return new TextDecoder(encoding).decode(body);
  return decodeByContents(body);
}

/** The encoding's name, by the HTML Standard's encoding sniffing algorithm. */
function encodingOf(body: Uint8Array, charset: string | undefined, mediaType: string): string {
  const given = charset === undefined ? {} : { transportLayerEncodingLabel: charset };
  if (mediaType === XHTML) return htmlEncodingSniffer(body, { ...given, xml: true });
  if (isJson(mediaType)) return htmlEncodingSniffer(body, { maxPrescanBytes: 0, defaultEncoding: "UTF-8" });
  const options = { ...given, defaultEncoding: UNKNOWN };
  if (mediaType !== "text/html") return htmlEncodingSniffer(body, { ...options, maxPrescanBytes: 0 });
  return htmlEncodingSniffer(tagsOfHead(body), { ...options, maxPrescanBytes: Number.POSITIVE_INFINITY });
}

/**
 * The document's head with its text blanked, so that what looks like a meta element within a script, a style or a title
 * is none: the standard's own prescan knows comments only, browsers know the rest, too.
 */
function tagsOfHead(body: Uint8Array): Uint8Array {
  // A copy: a Buffer's own slice() would share its memory.
  const bytes = new Uint8Array(body.subarray(0, MAX_HEAD));
  let end = Math.min(PRESCAN, bytes.length);
  let inHead = true;
  // One character a byte, so that places in the text are places among the bytes.
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
    // The first six may be a UTF-16 signature.
    onText: ({ location }) => {
      if (location) bytes.fill(0x20, Math.max(location.startOffset, 6), Math.max(location.endOffset, 6));
    },
  });
  return bytes.subarray(0, end);
}

/**
 * Text that says nothing of its encoding: UTF-8 if more of it is UTF-8 than is not, else the browsers' default in the
 * western world.
 */
function decodeByContents(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  let broken = 0;
  let whole = 0;
  for (const char of text)
    if (char === "\uFFFD") broken++;
    else if (char > "\x7F") whole++;
  return broken > whole ? new TextDecoder("windows-1252").decode(body) : text;
}
