// Cutting and cleaning text: whatever it is, what is left can be stored, sent and read.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clean, cut, cutBytes } from "../../../api/text.ts";

/** Any UTF-16 units, halves of surrogate pairs among them. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0xd83d, 0xde80, 0x200d, 0x0301)), {
    maxLength: 60,
  })
  .map((units) => String.fromCharCode(...units));

describe("cut", () => {
  test.each([
    ["short", 10, "short"],
    ["exactly10!", 10, "exactly10!"],
    ["one too many", 11, "one too man"],
    ["ab\u{1F680}cd", 3, "ab"],
    ["ab\u{1F680}cd", 4, "ab\u{1F680}"],
    ["cafe\u0301s", 4, "caf"],
    ["x\u{1F468}\u200D\u{1F469}\u200D\u{1F467}y", 6, "x"],
    ["x\u{1F1E9}\u{1F1EA}\u{1F1EB}\u{1F1F7}", 7, "x\u{1F1E9}\u{1F1EA}"],
    ["half\uD83D", 10, "half\uFFFD"],
  ])("%j in at most %i units is %j", (text, max, expected) => expect(cut(text, max)).toBe(expected));
  test("what shows the cut is part of the length", () => {
    expect(cut("abcdef", 4, "…")).toBe("abc…");
    expect(cut("ab\u{1F680}def", 4, "…")).toBe("ab…");
    expect(cut("abc", 3, "…")).toBe("abc");
  });
  test("a pile of marks is cut, as it is no character", () =>
    expect(cut(`a${"\u0301".repeat(500)}`, 200)).toHaveLength(200));
  test("never longer, always well-formed, and the beginning of the text", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 70 }), (text, max) => {
        const shortened = cut(text, max);
        expect(shortened.length).toBeLessThanOrEqual(max);
        expect(shortened.isWellFormed()).toBe(true);
        expect(text.toWellFormed().startsWith(shortened)).toBe(true);
      }),
    );
  });
});

describe("cutBytes", () => {
  test.each([
    ["äöü", 4, "äö"],
    ["äöü", 5, "äö"],
    ["ab\u{1F680}", 5, "ab"],
    ["ab\u{1F680}", 6, "ab\u{1F680}"],
  ])("%s in at most %i bytes is %s", (text, max, expected) => expect(cutBytes(text, max)).toBe(expected));
  test("never longer, always well-formed", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 3, max: 200 }), (text, max) => {
        const shortened = cutBytes(text, max, "…");
        expect(Buffer.byteLength(shortened)).toBeLessThanOrEqual(max);
        expect(shortened.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("clean", () => {
  test("takes out what Postgres and XML refuse, and keeps lines and tabs", () =>
    expect(clean("a\0b\u0008\u001B[31m\u0085\uFFFE\tc\r\nd\uDE80")).toBe("ab[31m\tc\r\nd\uFFFD"));
  test("changes nothing else", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!/\p{Cc}/u.test(text));
        expect(clean(text)).toBe(text);
      }),
    );
  });
});
