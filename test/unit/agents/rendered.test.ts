// Text as it is rendered: the same rule for prose, cells, headings and links.
import { describe, expect, test } from "vitest";
import { pageStructure } from "../../../agents/page/structure.ts";
import { pageText } from "../../../agents/page/text.ts";

const XHTML = "application/xhtml+xml";
const structure = (html: string) => pageStructure({ n: 0, url: "https://x.example/dir/page", html });

describe("what splits a line, and what doesn't", () => {
  const lines: [string, string][] = [
    ["$<span>1</span><span>,</span><span>299</span><span>.</span><sup>99</sup>", "$1,299.99"],
    ["A<i>ria</i> H<sub>2</sub>O un<wbr>believable", "Aria H2O unbelievable"],
    ["so&shy;ft zero&#8203;width", "soft zerowidth"],
    ["$1&lrm;,2&#x202E;9&#x202C;9 ta\u{E0069}\u{E0067}gs\u{E0101}", "$1,299 tags"],
    ["\u0645\u06CC\u200C\u0631 \u2764\uFE0F", "\u0645\u06CC\u200C\u0631 \u2764\uFE0F"],
    ["10<sup>2</sup> m<sup>2</sup> 1<sup>st</sup> 89.00<sup><a href=x>1</a></sup>", "10^2 m2 1st 89.00^1"],
    ["$<a href=x>1</a>,299", "$1,299"],
    ["<a href=x>One</a><a href=y>Two</a>", "One Two"],
    ["<label>Size</label><input><label>Colour</label>", "Size Colour"],
    ["<button>Buy</button><button>Sell</button>", "Buy Sell"],
    ["a <b> b</b> c&nbsp;d", "a b c d"],
    ["a<!-- no -->b<script>no</script>c", "abc"],
    ["1<span hidden>2</span>3", "13"],
    ["x<select><option>no</select>y<textarea>z</textarea>", "x y z"],
    ["a<template>no</template>b<iframe>no</iframe>", "ab"],
    ["<div style='display:inline'>12</div><div style='color:red; DISPLAY: inline-block'>50</div>", "1250"],
    ["a&lt;b&amp;c &eacute;&#x20AC;&#128; &zzz;", "a<b&c é€€ &zzz;"],
    ["&#0;a\0b&#x1F;c", "\uFFFDabc"],
    ["<math><semantics><mi>x</mi><annotation>no</annotation></semantics></math>", "x"],
  ];
  test.each(lines)("%s is %s, in prose, a cell, a heading and a link", (html, text) => {
    expect(pageText(`<p>${html}</p>`).text).toBe(text);
    expect(pageText(`<table><tr><td>A<td>${html}</table>`).text).toBe(`A | ${text}`);
    expect(structure(`<table><tr><td>A<td>${html}</table>`).tables[0]?.rows).toEqual([["A", text]]);
    expect(structure(`<h1>${html}</h1>`).headings[0]?.text).toBe(text);
    expect(pageText(`<h1>${html}</h1>`).text).toBe(`# ${text}`);
  });
  const brokenPages: [string, string[]][] = [
    ["Two<br>lines", ["Two", "lines"]],
    ["<div>first</div><div>second</div>", ["first", "second"]],
    ["a<p>b</p>c", ["a", "b", "c"]],
    ["<span style='display:block'>a</span>b", ["a", "b"]],
    ["a<hr>b", ["a", "b"]],
    ["<dl><dt>Price<dd>12</dl>", ["Price", "12"]],
  ];
  test.each(brokenPages)("%s is %j: lines in prose, words in a cell", (html, parts) => {
    expect(pageText(`<div>${html}</div>`).text).toBe(parts.join("\n"));
    expect(pageText(`<table><tr><td>A<td>${html}</table>`).text).toBe(`A | ${parts.join(" ")}`);
    expect(structure(`<table><tr><td>A<td>${html}</table>`).tables[0]?.rows).toEqual([["A", parts.join(" ")]]);
  });
  test("preformatted text keeps its blanks and lines", () =>
    expect(pageText("a<pre>\n  x\n    y  z</pre><p style='white-space: pre-wrap'>1\n 2</p>b").text).toBe(
      "a\n  x\n    y  z\n1\n 2\nb",
    ));
  test.each([
    "display:none",
    "visibility: hidden",
    "visibility:collapse",
    "font-size:0",
    "font-size: 0.0em",
    "opacity:0",
    "content-visibility:hidden",
    "color:red;display : none",
    "DISPLAY:/* x */NONE",
    "display:none !important;display:block",
    "display:none;display:nonsense",
    "background:url(';');display:none",
  ])("%s is not seen, and not listed", (style) => {
    const html = `<p>yes<div style="${style}">no<h1>no</h1><a href=x>no</a></div>`;
    expect(pageText(html).text).toBe("yes");
    expect(structure(html)).toMatchObject({ headings: [], links: [] });
  });
  test.each([
    "display:none;display:block",
    "background:url('display:none')",
    "opacity:.5",
    "font-size:0.8em",
    "x-display:none",
  ])("%s is seen", (style) => expect(pageText(`<p style="${style}">yes`).text).toBe("yes"));
  test("closed dialogs and popovers are not seen, a declared shadow root is", () =>
    expect(
      pageText(
        "<dialog>no</dialog><dialog open>yes</dialog><p popover>no</p><x-y><template shadowrootmode=open>shadow</template></x-y>",
      ).text,
    ).toBe("yes\nshadow"));
});

describe("tables", () => {
  const rows = (html: string) => structure(`<table>${html}</table>`).tables[0]?.rows;
  test("what spans columns stands once, and the next cell keeps its column", () =>
    expect(rows("<tr><td colspan=2>a<td>b<tr><td>1<td>2<td>3")).toEqual([
      ["a", "", "b"],
      ["1", "2", "3"],
    ]));
  test("what spans rows stands in each", () => {
    const html = "<tr><td rowspan=2>Aria<td>red<td>1<tr><td>blue<td>2<tr><td>Bora<td>red<td>3";
    expect(rows(html)).toEqual([
      ["Aria", "red", "1"],
      ["Aria", "blue", "2"],
      ["Bora", "red", "3"],
    ]);
    expect(pageText(`<table>${html}</table>`).text).toBe("Aria | red | 1\nAria | blue | 2\nBora | red | 3");
  });
  test("a span of 0 rows ends with its group, a broken one is 1", () =>
    expect(rows("<tbody><tr><td rowspan=0>a<td>1<tr><td>2<tbody><tr><td colspan=x>3<td colspan=-2>4")).toEqual([
      ["a", "1"],
      ["a", "2"],
      ["3", "4"],
    ]));
  test("head and foot stand where they are drawn", () =>
    expect(structure("<table><tfoot><tr><td>sum<tbody><tr><td>1<thead><tr><th>N</table>").tables[0]).toMatchObject({
      header: ["N"],
      rows: [["1"], ["sum"]],
    }));
  test("a table that only places things is read as the blocks that it holds", () =>
    expect(
      pageText(
        "<table><tr><td><h1>Shop</h1><p>Hi<td><table><tr><th>Model<th>Price<tr><td>Aria<td>89</table></table><table><tr><td><p>one<p>two</table>",
      ).text,
    ).toBe("# Shop\nHi\nModel | Price\nAria | 89\none\ntwo"));
});

describe("other kinds of pages", () => {
  const xhtml = (body: string) =>
    `<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title/><script src="x"/></head><body>${body}</body></html>`;
  test("XHTML is XML: elements that close themselves, CDATA, named characters", () => {
    const { text, notes } = pageText(xhtml("<div/><h1>K&eacute;ttle</h1><p><![CDATA[a<b & c]]></p>"), XHTML);
    expect([text, notes]).toEqual(["# Kéttle\na<b & c", []]);
    expect(
      pageStructure({ n: 0, url: "https://x.example/", html: xhtml("<h1>K<br/>ettle</h1>"), contentType: XHTML }),
    ).toMatchObject({
      lang: "en",
      headings: [{ level: 1, text: "K ettle" }],
      problems: [],
    });
  });
  test("XHTML with errors is read as HTML, and that is said", () => {
    const { text, notes } = pageText("<html><p>a<br>b</html>", XHTML);
    expect([text, notes]).toEqual(["a\nb", ["the page is XHTML with errors, and was read as HTML"]]);
  });
  test("plain text and JSON are read as they are", () => {
    expect(pageText("a <b>\n\n  c\0", "text/plain")).toMatchObject({ text: "a <b>\n  c", title: "", notes: [] });
    expect(pageText('{"price": "<12>"}', "application/json").text).toBe('{"price": "<12>"}');
    expect(pageStructure({ n: 0, url: "https://x.example/", html: "<h1>no", contentType: "text/plain" })).toMatchObject(
      {
        headings: [],
        problems: [],
      },
    );
  });
});

describe("addresses and names", () => {
  test("are relative to the first base that is http", () => {
    const page = (base: string) => structure(`${base}<a href=b>x</a><img src=i.png alt=""><form action=f>`);
    expect(page("<base href='/other/'><base href=/no/>")).toMatchObject({
      links: [{ href: "https://x.example/other/b", internal: true }],
      images: [{ src: "https://x.example/other/i.png" }],
      forms: [{ action: "https://x.example/other/f" }],
    });
    expect(page("<base target=x><base href=//cdn.example/>").links[0]).toMatchObject({
      href: "https://cdn.example/b",
      internal: false,
    });
    for (const bad of ["data:text/html,x", "javascript:1", "http://["])
      expect(page(`<base href='${bad}'>`).links[0]?.href).toBe("https://x.example/dir/b");
  });
  test("an address that can't be read stays as it is", () =>
    expect(structure("<a href='http://['>x</a><a href='mailto:a@b'>y</a>").links).toEqual([
      { href: "http://[", text: "x", internal: false },
      { href: "mailto:a@b", text: "y", internal: false },
    ]));
  test("fields have the label that is theirs, and the type that browsers give them", () =>
    expect(
      structure(
        "<form><label for=a>A</label><input id=a type=NONSENSE><label>B <select multiple></select></label><input type=hidden>",
      ).forms[0]?.fields,
    ).toEqual([
      { name: "", type: "text", required: false, label: "A" },
      { name: "", type: "select-multiple", required: false, label: "B" },
    ]));
  test("the title is the document's, not a picture's", () =>
    expect(structure("<body><svg><title>no</title></svg><title>a&amp;\n b</title>").title).toBe("a& b"));
});
