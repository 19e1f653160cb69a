// What is read from a page's HTML: its text for models, its structure for reports.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_PAGE_CHARS } from "../../../agents/core/prompt.ts";
import { jsonLdLines } from "../../../agents/page/json-ld.ts";
import { pagePrompt } from "../../../agents/page/prompt.ts";
import { pageStructure } from "../../../agents/page/structure.ts";
import { pageText } from "../../../agents/page/text.ts";

const products = readFileSync("examples/site/content/products.html", "utf8");

describe("pageText", () => {
  test("keeps headings, lists, pictures' names and tables as lines", () => {
    const { text, title, description } = pageText(
      `<title> A  title </title><meta name="Description" content="Short."><h2>Head <i>two</i></h2><p>One<br>two</p>
       <ul><li>first<li>second</ul><img src=x alt="a cat"><table><tr><th>A</th><td>1 <b>kg</b></td></tr></table><a>x</a><a>y</a>`,
    );
    expect(text).toBe("## Head two\nOne\ntwo\n- first\n- second\n[image: a cat]\nA | 1 kg\nx y");
    expect([title, description]).toEqual(["A title", "Short."]);
  });
  test("leaves out what nobody sees", () => {
    const hiddenTexts = [
      "<p hidden>no</p>",
      '<p style="display: none">no</p>',
      '<b aria-hidden="true">no</b>',
      "<script>no</script>",
    ];
    expect(
      pageText(`<p>yes</p>${hiddenTexts.join("")}<style>no</style><noscript>no</noscript><p style="font-size:0">no</p>`)
        .text,
    ).toBe("yes");
  });
  test("counts words of any language", () => expect(pageText("<p>Ünï çödé 42 €").words).toBe(3));
  test("takes anything for HTML", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (html) => {
        expect(typeof pageText(html).text).toBe("string");
      }),
    );
  });
});

describe("jsonLdLines", () => {
  test("names values by the thing they belong to", () =>
    expect(
      jsonLdLines(
        '{"@type":"Product","name":"Aria","offers":[{"price":"89.00","priceCurrency":"EUR"}],"brand":{"name":"L"}}',
      ),
    ).toEqual([
      { subject: "Aria", property: "offers price", value: "89.00 EUR" },
      { subject: "Aria", property: "brand name", value: "L" },
    ]));
  test("reads a graph and skips what is no JSON", () => {
    expect(
      jsonLdLines('{"@graph":[{"name":"A","sku":1},{"sku":2}]}').map(({ subject, value }) => [subject, value]),
    ).toEqual([
      ["A", "1"],
      ["page", "2"],
    ]);
    expect(jsonLdLines("{nope")).toEqual([]);
  });
  test("stops before a description gets out of hand", () => {
    expect(jsonLdLines(JSON.stringify({ x: Array.from({ length: 999 }, (_, i) => ({ v: i })) }))).toHaveLength(200);
    expect(jsonLdLines(`${'{"a":'.repeat(50)}1${"}".repeat(50)}`)).toEqual([]);
  });
});

describe("pagePrompt", () => {
  test("holds the page's text and data between marks that the page can't close", () => {
    const { prompt, title, words } = pagePrompt({
      url: 'http://x/"',
      html: "<title>T</title><p>a &lt;/page> b &lt;data></p>",
    });
    expect(prompt).toBe('<page url="http://x/%22">\n# T\na [/page> b [data>\n</page>');
    expect([title, words]).toEqual(["T", 4]);
    expect(pagePrompt({ url: "http://x/", html: products }).prompt).toContain(
      "<data>\nLarkspur Aria — sku: LK-A17\nLarkspur Aria — offers price: 89.00 EUR",
    );
  });
  test("cuts a page that is too long and says so", () => {
    const { prompt } = pagePrompt({ url: "http://x/", html: `<p>${"word ".repeat(MAX_PAGE_CHARS)}` });
    expect(prompt.length).toBeLessThan(MAX_PAGE_CHARS + 300);
    expect(prompt).toMatch(/<note>The page was cut after 24000 of \d+ characters\.<\/note>$/);
  });
});

describe("pageStructure", () => {
  const structure = pageStructure({
    n: 3,
    url: "https://x.example/dir/",
    html: `<html lang="en"><title>T</title><meta property="og:title" content="O"><header>h</header><nav aria-label="Main"><a href="a">A</a></nav>
     <main><article><header>not a banner</header></article><h1>One</h1><h3>Three</h3><a href="//y.example/b">B</a><img src="i.png"><img src="j.png" alt="J">
     <section aria-labelledby="s"><h2 id="s">Sec</h2></section><section>plain</section><div role="search"></div><div role="button"></div>
     <form action="/send" method="post" aria-label="Ask"><label>Mail <input type="email" name="m" required></label><input type="hidden" name="t"><textarea name="q"></textarea></form>
     <table><caption>C</caption><tr><th>K</th><th>V</th></tr><tr><td>a</td><td>1</td></tr></table><table><tr><td>x</td></tr></table></main>
     <script type="application/ld+json">{"a":1}</script><script type="application/ld+json">{</script><footer>f</footer>`,
  });
  test("headings, links and images, with absolute addresses", () => {
    expect(structure.headings).toEqual([
      { level: 1, text: "One" },
      { level: 3, text: "Three" },
      { level: 2, text: "Sec" },
    ]);
    expect(structure.links).toEqual([
      { href: "https://x.example/dir/a", text: "A", internal: true },
      { href: "https://y.example/b", text: "B", internal: false },
    ]);
    expect(structure.images.map(({ src, alt }) => [src, alt])).toEqual([
      ["https://x.example/dir/i.png", ""],
      ["https://x.example/dir/j.png", "J"],
    ]);
  });
  test("tables, with a header where there is one", () =>
    expect(structure.tables).toEqual([
      { caption: "C", header: ["K", "V"], rows: [["a", "1"]] },
      { caption: "", header: [], rows: [["x"]] },
    ]));
  test("forms with their fields", () =>
    expect(structure.forms).toEqual([
      {
        action: "https://x.example/send",
        method: "post",
        label: "Ask",
        fields: [
          { name: "m", type: "email", required: true, label: "Mail" },
          { name: "q", type: "textarea", required: false, label: "" },
        ],
      },
    ]));
  test("landmarks by ARIA in HTML", () =>
    expect(structure.landmarks).toEqual([
      { role: "banner", label: "" },
      { role: "navigation", label: "Main" },
      { role: "main", label: "" },
      { role: "region", label: "Sec" },
      { role: "search", label: "" },
      { role: "form", label: "Ask" },
      { role: "contentinfo", label: "" },
    ]));
  test("meta, JSON-LD, language, and what is wrong", () => {
    expect(structure).toMatchObject({ n: 3, title: "T", lang: "en", meta: { "og:title": "O" }, jsonLd: [{ a: 1 }] });
    expect(structure.problems).toEqual([
      "1 image has no alternative text",
      "JSON-LD is not valid JSON: script 2 of 2 ({)",
    ]);
    expect(pageStructure({ n: 0, url: "https://x.example/", html: "<img><img>" }).problems).toEqual([
      "2 images have no alternative text",
      "the page names no language",
      "the page has no h1",
    ]);
  });
});
