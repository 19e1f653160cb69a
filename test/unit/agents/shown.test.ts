// What is left of a page's source once the browser has said which of its texts it shows.
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { colorOf, Layers } from "../../../agents/page/layers.ts";
import { decodePng } from "../../../agents/page/png.ts";
import { pageText } from "../../../agents/page/text.ts";
import type { ShownTexts } from "../../../agents/page/visible.ts";

const pageTexts = (html: string, shown: ShownTexts) => {
  const { text, measure } = pageText(html, "text/html", shown);
  return [text, measure.hidden?.words, measure.hidden?.sample];
};

describe("a page's text", () => {
  test("is what the browser shows, whatever the source has", () =>
    expect(
      pageTexts("<h1>Kettles</h1><p>Aria  costs\n89</p><p>Bruno costs 12</p>", [
        ["Kettles", 1],
        ["Aria costs 89", 1],
        ["Bruno costs 12", 0],
      ]),
    ).toEqual(["# Kettles\nAria costs 89", 3, "Bruno costs 12"]));
  test("is the part that is shown", () =>
    expect(pageTexts("<p>One two three four", [["One two three four", "One two"]])).toEqual([
      "One two",
      2,
      "One two three four",
    ]));
  test("of the same text twice, is the one that is shown", () =>
    expect(
      pageTexts("<p>a<p>89<p>b<p>89", [
        ["a", 1],
        ["89", 0],
        ["b", 1],
        ["89", 1],
      ])[0],
    ).toBe("a\nb\n89"));
  test("that scripts have multiplied counts as hidden where one of them is", () =>
    expect(
      pageTexts("<p>a<p>89", [
        ["a", 1],
        ["89", 1],
        ["89", 0],
      ])[0],
    ).toBe("a"));
  test("that scripts have taken away counts as hidden", () => expect(pageTexts("<p>a<p>89", [["a", 1]])[0]).toBe("a"));
  test("that the source hides itself is not counted", () =>
    expect(
      pageTexts("<p>a<p hidden>b c d", [
        ["a", 1],
        ["b c d", 0],
      ]),
    ).toEqual(["a", 0, ""]));
  test("that nobody compared is all there", () => {
    expect(pageText("<p>a<p>b").text).toBe("a\nb");
    expect(pageText("<p>a<p>b").measure.hidden).toBeUndefined();
  });
  test("that is no markup is shown as it is", () =>
    expect(pageText("a b", "text/plain", []).measure.hidden).toEqual({ words: 0, sample: "" }));
  test("counts alternative texts and data as said without being shown", () => {
    const data = '<script type="application/ld+json">{"name":"Aria","price":"89"}</script>';
    const { measure } = pageText(`<title>T</title><p>one two <img src=x alt="three four">${data}`, "text/html", [
      ["one two", 1],
    ]);
    // T, three, four, and Aria, price, 89.
    expect(measure).toMatchObject({ shown: 3, silent: 6 });
  });
});

test.each([3, 4])("pictures of %i bytes a pixel are decoded, by whatever filters", (depth) => {
  const line = fc.record({
    filter: fc.integer({ min: 0, max: 4 }),
    bytes: fc.uint8Array({ minLength: 5 * depth, maxLength: 5 * depth }),
  });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
      const { width, height, pixels } = decodePng(encoded(lines, depth));
      expect([width, height]).toEqual([5, lines.length]);
      expect([...pixels]).toEqual(lines.flatMap(({ bytes }) => [...bytes]));
    }),
  );
});

/** A PNG of these lines, each with its filter (PNG specification, 9.2). */
function encoded(lines: readonly { filter: number; bytes: Uint8Array }[], depth: number): Buffer {
  const rows = lines.map(({ filter, bytes }, y) => {
    const byteAt = (row: number, x: number) => (x < 0 ? 0 : (lines[row]?.bytes[x] ?? 0));
    const predicted = (x: number) => {
      const [a, b, c] = [byteAt(y, x - depth), byteAt(y - 1, x), byteAt(y - 1, x - depth)];
      const nearest =
        [a, b, c].toSorted((first, second) => Math.abs(a + b - c - first) - Math.abs(a + b - c - second))[0] ?? 0;
      return [0, a, b, Math.floor((a + b) / 2), nearest][filter] ?? 0;
    };
    return Buffer.from([filter, ...bytes.map((byte, x) => byte - predicted(x))]);
  });
  const chunk = (type: string, body: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length);
    head.write(type, 4, "latin1");
    return Buffer.concat([head, body, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(5, 0);
  header.writeUInt32BE(lines.length, 4);
  header.set([8, depth === 3 ? 2 : 6, 0, 0, 0], 8);
  const body = deflateSync(Buffer.concat(rows));
  // In two chunks, as large pictures are.
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    ...[
      chunk("IHDR", header),
      chunk("IDAT", body.subarray(0, 4)),
      chunk("IDAT", body.subarray(4)),
      chunk("IEND", Buffer.alloc(0)),
    ],
  ]);
}

test.each(["GIF89a", "\x89PNG\r\n\x1a\n"])("what is no such picture is refused: %j", (start) =>
  expect(() => decodePng(Buffer.from(start.padEnd(60, "\0"), "latin1"))).toThrow("not a PNG"),
);

test("a page with boxes without number above each other is given up rather than waited for", () => {
  const box = { rect: { left: 0, top: 0, right: 1280, bottom: 15_000 }, order: 0, color: undefined, isInline: false };
  const boxes = Array.from({ length: 100_000 }, (_, index) => ({ ...box, index }));
  expect(() => new Layers(boxes, [255, 255, 255, 1], 15_000)).toThrow("too many boxes");
});

test.each([
  ["rgb(1, 2, 3)", [1, 2, 3, 1]],
  ["rgba(1, 2, 3, 0.5)", [1, 2, 3, 0.5]],
  ["color(srgb 1 0 0)", undefined],
])("the color %s", (css, color) => expect(colorOf(css)).toEqual(color));
