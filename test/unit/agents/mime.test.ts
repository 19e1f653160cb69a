// What kind of document an answer is, as browsers see it.
import { describe, expect, test } from "vitest";
import { accepts, mediaTypeOf, PAGE_TYPES, sniffMediaType } from "../../../agents/net/mime.ts";

describe("mediaTypeOf", () => {
  // After the table of the Fetch Standard and web-platform-tests' fetch/content-type/resources/content-types.json.
  test.each<[string | null, string | undefined, string | undefined]>([
    [null, undefined, undefined],
    ["", undefined, undefined],
    ["text/html", "text/html", undefined],
    ["TEXT/HTML; Charset=UTF-8", "text/html", "UTF-8"],
    ["text/html;;charset=UTF-8", "text/html", "UTF-8"],
    ["text/html;charset=gbk;charset=windows-1255", "text/html", "gbk"],
    ['text/html;charset="gbk"', "text/html", "gbk"],
    ["text/html;charset='gbk'", "text/html", "'gbk'"],
    ['text/html;charset="utf-8', "text/html", "utf-8"],
    ["text/html;test=ÿ;charset=gbk", "text/html", "gbk"],
    ["text/html, text/html; charset=utf-8", "text/html", "utf-8"],
    ["text/html;charset=gbk, text/html", "text/html", "gbk"],
    ["text/html;charset=gbk, text/html;x=y", "text/html", "gbk"],
    ["text/plain;charset=gbk, text/html", "text/html", undefined],
    ["text/plain;charset=gbk, text/html;charset=windows-1254", "text/html", "windows-1254"],
    ["text/html;charset=gbk, text/plain, text/html", "text/html", undefined],
    ["text/html, */*", "text/html", undefined],
    ["text/html, */*;charset=gbk", "text/html", undefined],
    ["*/*, text/html;charset=utf-8", "text/html", "utf-8"],
    ["text/html, nonsense", "text/html", undefined],
    ["nonsense, text/html", "text/html", undefined],
    ["text/html;charset=gbk, , ", "text/html", "gbk"],
    ['text/html;x=",text/plain', "text/html", undefined],
    ['text/html;x=",text/plain;x=",text/html', "text/html", undefined],
    ['text/plain;x="a\\",text/html', "text/plain", undefined],
    ["nonsense", undefined, undefined],
    ["text/ html", undefined, undefined],
  ])("%s is %s, %s", (header, essence, charset) => {
    const type = mediaTypeOf(header);
    expect([type?.essence, type?.charset]).toEqual([essence, charset]);
  });
});

test("pages are HTML, plain text and JSON", () => {
  for (const type of ["text/html", "application/xhtml+xml", "text/plain", "application/json", "application/ld+json"])
    expect(accepts(PAGE_TYPES, type)).toBe(true);
  for (const type of ["application/pdf", "image/png", "text/css", "application/octet-stream"])
    expect(accepts(PAGE_TYPES, type)).toBe(false);
});

describe("sniffMediaType", () => {
  test.each<[string, string]>([
    ["\n <!DOCTYPE HTML>", "text/html"],
    ["<p>x", "text/html"],
    ["<!-- x", "text/html"],
    ["<para>", "text/plain"],
    ["<?xml version='1.0'?><html xmlns='x'>", "application/xhtml+xml"],
    ["<?xml version='1.0'?><rss>", "text/xml"],
    ["%PDF-1.7", "application/pdf"],
    ["\x89PNG\r\n\x1A\n\0", "image/png"],
    ["a\0b", "application/octet-stream"],
    ["\xFF\xFEa\0", "text/plain"],
    ["\xEF\xBB\xBF<html>", "text/html"],
    ["", "text/plain"],
  ])("%j looks like %s", (bytes, type) => expect(sniffMediaType(Buffer.from(bytes, "latin1"))).toBe(type));
});
