// Cuts and cleans text from outside so that terminals, models and stores accept it; a character is never cut in half.

let segmenter: Intl.Segmenter | undefined;
/** Made when it is first needed: it takes 8 ms, which a short command would wait for at its start. */
const graphemes = (): Intl.Segmenter => (segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" }));

/** UTF-16 units beyond which a "character" is a pile of combining marks, which may be cut between two of them. */
const LONGEST_GRAPHEME = 64;

/** The last place at or before `at` that splits neither a surrogate pair nor what a reader sees as one character. */
function boundary(text: string, at: number): number {
  const start = graphemes().segment(text).containing(at)?.index ?? at;
  if (at - start < LONGEST_GRAPHEME) return start;
  return text.codePointAt(at - 1) !== text.charCodeAt(at - 1) ? at - 1 : at;
}

/**
 * The text in at most `max` UTF-16 units, which include `end` (such as "…") if something is cut off. Emoji, accents and
 * surrogate pairs stay whole; a lone surrogate in the text becomes U+FFFD, since strict readers of JSON refuse it.
 */
export function cut(text: string, max: number, end = ""): string {
  if (text.length <= max) return text.toWellFormed();
  const room = Math.max(max - end.length, 0);
  return text.slice(0, boundary(text, room)).toWellFormed() + end;
}

/** The same, in at most `max` bytes of UTF-8. */
export function cutBytes(text: string, max: number, end = ""): string {
  const wellFormed = text.toWellFormed();
  if (Buffer.byteLength(wellFormed) <= max) return wellFormed;
  const room = Math.max(max - Buffer.byteLength(end), 0);
  // Writes whole code points only.
  const { read } = new TextEncoder().encodeInto(wellFormed, new Uint8Array(room));
  return wellFormed.slice(0, boundary(wellFormed, read)) + end;
}

/** For HTML, in elements and in quoted attributes. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");

// Postgres refuses NUL, XML 1.0 refuses the other controls and the two noncharacters, and terminals execute some of them.
const REFUSED = /(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]/gu;

/** The text without characters that JSON, XML or Postgres refuse; line ends and tabs stay, a lone surrogate becomes U+FFFD. */
export function clean(text: string): string {
  return text.replace(REFUSED, "").toWellFormed();
}
