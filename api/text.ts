// Text from strangers, cut and cleaned so that people, models and stores can take it: never half a character.

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** UTF-16 units beyond which a "character" is a pile of combining marks, and is cut between two of them. */
const LONGEST_GRAPHEME = 64;

/** The nearest place at or before `at` that splits neither a surrogate pair nor what a reader takes for one character. */
function boundary(text: string, at: number): number {
  const start = graphemes.segment(text).containing(at)?.index ?? at;
  if (at - start < LONGEST_GRAPHEME) return start;
  return text.codePointAt(at - 1) !== text.charCodeAt(at - 1) ? at - 1 : at;
}

/**
 * The text in at most `max` UTF-16 units, `end` (such as "…") included where something is left out. Emoji, accents and
 * surrogate pairs stay whole; half a pair that the text came with becomes U+FFFD, for no strict reader of JSON takes it.
 */
export function cut(text: string, max: number, end = ""): string {
  if (text.length <= max) return text.toWellFormed();
  const room = Math.max(max - end.length, 0);
  return text.slice(0, boundary(text, room)).toWellFormed() + end;
}

/** The same, in at most `max` bytes of UTF-8. */
export function cutBytes(text: string, max: number, end = ""): string {
  const mended = text.toWellFormed();
  if (Buffer.byteLength(mended) <= max) return mended;
  const room = Math.max(max - Buffer.byteLength(end), 0);
  // Writes whole code points only.
  const { read } = new TextEncoder().encodeInto(mended, new Uint8Array(room));
  return mended.slice(0, boundary(mended, read)) + end;
}

// Postgres refuses NUL, XML 1.0 the other controls and the two noncharacters, and a terminal obeys some of them.
const REFUSED = /(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]/gu;

/** The text without characters that JSON, XML or Postgres refuse; line ends and tabs stay, half a pair becomes U+FFFD. */
export function clean(text: string): string {
  return text.replace(REFUSED, "").toWellFormed();
}
