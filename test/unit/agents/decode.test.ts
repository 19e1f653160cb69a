// Bytes to text: the encoding that a browser would take.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePage } from "../../../agents/net/decode.ts";

/** A text whose characters are bytes. */
const bytes = (text: string) => Buffer.from(text, "latin1");
const utf8 = (text: string) => Buffer.from(text, "utf8").toString("latin1");
const long = " ".repeat(2000);

describe("HTML", () => {
  // What stands after the last ">" is the character that tells the encodings apart: byte E9 and what its encodings make of it.
  test.each<[string, string, string | undefined, string]>([
    ["nothing says so, and it is UTF-8", utf8("<p>é"), undefined, "é"],
    ["nothing says so, and it is not UTF-8", "<p>\xE9t\xE9", undefined, "été"],
    ["the header", "<p>\xE9", "windows-1251", "й"],
    ["the header in capitals and blanks", "<p>\xE9", " Windows-1251 ", "й"],
    ["the header before the page's meta", "<meta charset=iso-8859-7><p>\xE9", "windows-1251", "й"],
    ["a BOM before the header", `\xEF\xBB\xBF${utf8("<p>é")}`, "windows-1251", "é"],
    ["a UTF-16 BOM", "\xFF\xFE<\0p\0>\0\xE9\0", "utf-8", "é"],
    ["a big-endian BOM", "\xFE\xFF\0<\0p\0>\0\xE9", undefined, "é"],
    ["meta charset", "<meta charset=windows-1251><p>\xE9", undefined, "й"],
    ["meta in capitals and quotes", "<META CharSet = 'WINDOWS-1251' ><p>\xE9", undefined, "й"],
    [
      "meta http-equiv",
      "<meta http-equiv=Content-Type content='text/html; charset=windows-1251'><p>\xE9",
      undefined,
      "й",
    ],
    [
      "meta content without http-equiv is none",
      "<meta content='text/html; charset=windows-1251'><p>\xE9",
      undefined,
      "é",
    ],
    ["meta utf-16 is UTF-8", `<meta charset=utf-16>${utf8("<p>é")}`, undefined, "é"],
    ["meta utf-16be is UTF-8", `<meta charset=utf-16be>${utf8("<p>é")}`, undefined, "é"],
    ["meta x-user-defined is windows-1252", "<meta charset=x-user-defined><p>\xE9", undefined, "é"],
    ["a meta in a comment is none", "<!-- <meta charset=windows-1251> --><p>\xE9", undefined, "é"],
    ["a meta in a script is none", "<script>'<meta charset=windows-1251>'</script><p>\xE9", undefined, "é"],
    ["a meta in a style is none", "<style>/*<meta charset=windows-1251>*/</style><p>\xE9", undefined, "é"],
    ["a meta in a title is none", "<title><meta charset=windows-1251></title><p>\xE9", undefined, "é"],
    ["a meta in noscript is none", "<noscript><meta charset=windows-1251></noscript><p>\xE9", undefined, "é"],
    ["a meta in an attribute is none", "<p title='<meta charset=windows-1251>'>\xE9", undefined, "é"],
    [
      "a meta after what is none",
      '<!--<meta charset=utf-8>--><script>"<meta charset=utf-8>"</script><meta charset=windows-1251><p>\xE9',
      undefined,
      "й",
    ],
    ["the first meta of two", "<meta charset=windows-1251><meta charset=iso-8859-7><p>\xE9", undefined, "й"],
    ["the first meta that is known", "<meta charset=nonsense><meta charset=windows-1251><p>\xE9", undefined, "й"],
    ["a label in the header that nobody knows", "<meta charset=windows-1251><p>\xE9", "x-nonsense", "й"],
    ["a quoted label in the header", "<meta charset=windows-1251><p>\xE9", "'utf-8'", "й"],
    ["unknown labels everywhere", utf8("<meta charset=nope><p>é"), "nope", "é"],
    [
      "a meta late in a long head",
      `<head><style>${long}</style><meta charset=windows-1251></head><p>\xE9`,
      undefined,
      "й",
    ],
    ["a meta late in the body is none", `<body><p>${long}<meta charset=windows-1251><p>\xE9`, undefined, "é"],
    [
      "a meta after the head is none",
      `<head><style>${long}</style></head><meta charset=windows-1251><p>\xE9`,
      undefined,
      "é",
    ],
    ["an XML declaration", "<?xml version='1.0' encoding='windows-1251'?><p>\xE9", undefined, "й"],
    [
      "a meta before an XML declaration",
      "<?xml version='1.0' encoding='iso-8859-7'?><meta charset=windows-1251><p>\xE9",
      undefined,
      "й",
    ],
    ["latin1 is windows-1252", "<p>\x80", "iso-8859-1", "€"],
  ])("%s", (_, page, charset, expected) =>
    expect(
      decodePage({ body: bytes(page), charset })
        .split(">")
        .at(-1),
    ).toBe(expected),
  );
  test("a page of UTF-8 with one broken byte stays UTF-8", () =>
    expect(decodePage({ body: bytes(`${utf8("<p>äöü ")}\xE9.`) })).toBe("<p>äöü \uFFFD."));
  test("encodings that browsers refuse are refused", () =>
    expect(() => decodePage({ body: bytes("<p>x"), charset: "iso-2022-kr" })).toThrow("browsers refuse"));
  test("reading changes no byte", () => {
    const body = bytes("<script>a</script><title>b</title>");
    decodePage({ body });
    expect(body.toString()).toBe("<script>a</script><title>b</title>");
  });
  test("any bytes become well-formed text", () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom(undefined, "utf-8", "gb18030", "utf-16", "shift_jis"),
        (body, charset) => {
          expect(decodePage({ body, charset }).isWellFormed()).toBe(true);
        },
      ),
    );
  });
});

describe("other kinds", () => {
  test.each<[string, string, string | undefined, string]>([
    ["application/xhtml+xml", "<?xml version='1.0' encoding='windows-1251'?><p>\xE9", undefined, "й"],
    ["application/xhtml+xml", "<?xml version='1.0' encoding='windows-1251'?><p>\xE9", "iso-8859-1", "é"],
    ["application/xhtml+xml", utf8("<meta charset='windows-1251'/><p>é"), undefined, "é"],
    ["application/json", utf8('{">é'), "windows-1251", "é"],
    ["text/plain", "<meta charset=windows-1251>\xE9", undefined, "é"],
    ["text/plain", ">\xE9", "windows-1251", "й"],
  ])("%s: %j, %s", (mediaType, page, charset, expected) =>
    expect(
      decodePage({ body: bytes(page), charset, mediaType })
        .split(">")
        .at(-1),
    ).toBe(expected),
  );
});
