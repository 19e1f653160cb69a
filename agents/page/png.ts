// The pixels of a PNG as browsers write it: 8 bits a channel, with or without alpha, not interlaced. Libraries read every kind
// of PNG, and take 1.6 times as long for a screenshot: pngjs 7.0 and fast-png 8.0, which also inflates without a bound.
import { inflateSync } from "node:zlib";

/** A rectangle in pixels. */
export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Picture {
  width: number;
  height: number;
  /** Bytes of a pixel: 3 or 4, of which the first three are red, green and blue. */
  depth: number;
  pixels: Uint8Array;
}

const SIGNATURE = "\x89PNG\r\n\x1a\n";

/** Bytes of a pixel by PNG's colour type: RGB and RGBA. */
const DEPTHS: Record<number, number> = { 2: 3, 6: 4 };

/** Decodes a picture (PNG specification, third edition, 7 to 9). Throws an error for any other kind of PNG. */
export function decodePng(png: Buffer): Picture {
  const [width, height, bits, type = 0, interlace] = [16, 20, 24, 25, 28].map((at) =>
    at < 24 ? png.readUInt32BE(at) : png.readUInt8(at),
  );
  const depth = DEPTHS[type];
  if (png.toString("latin1", 0, 8) !== SIGNATURE || !width || !height || bits !== 8 || !depth || interlace !== 0)
    throw new Error("the picture is not a PNG of 8-bit RGB without interlacing");
  const parts: Buffer[] = [];
  for (let at = 8; at + 8 <= png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const line = width * depth;
  const raw = inflateSync(Buffer.concat(parts), { maxOutputLength: (line + 1) * height });
  if (raw.length < (line + 1) * height) throw new Error("the picture ends too soon");
  const pixels = new Uint8Array(line * height);
  for (let y = 0; y < height; y++) unfilter(raw, pixels, { y, line, depth });
  return { width, height, depth, pixels };
}

/** Undoes the filter of one line: each byte is the difference to a prediction from its left, upper and upper left neighbours. */
function unfilter(
  raw: Uint8Array,
  pixels: Uint8Array,
  { y, line, depth }: { y: number; line: number; depth: number },
): void {
  const from = y * (line + 1) + 1;
  const to = y * line;
  const filter = raw[from - 1];
  pixels.set(raw.subarray(from, from + line), to);
  // A loop for each filter, because this is the most of the work: a picture has millions of bytes. Typed arrays read as
  // undefined beyond their ends, which these numbers turn into 0.
  const value = (at: number) => pixels[at] as number;
  if (filter === 1) for (let at = to + depth; at < to + line; at++) pixels[at] = value(at) + value(at - depth);
  if (filter === 2 && y > 0) for (let at = to; at < to + line; at++) pixels[at] = value(at) + value(at - line);
  if (filter === 3)
    for (let at = to; at < to + line; at++) {
      const left = at < to + depth ? 0 : value(at - depth);
      pixels[at] = value(at) + ((left + (y > 0 ? value(at - line) : 0)) >> 1);
    }
  if (filter === 4)
    for (let at = to; at < to + line; at++) {
      const isFirst = at < to + depth;
      const left = isFirst ? 0 : value(at - depth);
      const up = y > 0 ? value(at - line) : 0;
      pixels[at] = value(at) + paeth(left, up, isFirst || y === 0 ? 0 : value(at - line - depth));
    }
}

function paeth(left: number, up: number, upperLeft: number): number {
  const estimate = left + up - upperLeft;
  const [toLeft, toUp] = [Math.abs(estimate - left), Math.abs(estimate - up)];
  const toUpperLeft = Math.abs(estimate - upperLeft);
  if (toLeft <= toUp && toLeft <= toUpperLeft) return left;
  return toUp <= toUpperLeft ? up : upperLeft;
}
