// JSON-LD as pages really have it.
import { describe, expect, test } from "vitest";
import { jsonLdLines } from "../../../agents/page/json-ld.ts";
import { pageStructure } from "../../../agents/page/structure.ts";
import { pageText } from "../../../agents/page/text.ts";

const values = (document: unknown) =>
  jsonLdLines(typeof document === "string" ? document : JSON.stringify(document)).map(
    ({ subject, property, value }) => `${subject} ${property}: ${value}`,
  );
const script = (text: string, type = "application/ld+json") => `<script type="${type}">${text}</script>`;

describe("values", () => {
  test.each<[string, unknown, string[]]>([
    [
      "a price with its currency",
      { name: "A", offers: { price: "12.50", priceCurrency: "EUR" } },
      ["A offers price: 12.50 EUR"],
    ],
    [
      "expanded",
      { name: { "@value": "A" }, offers: { price: { "@value": "12.50" }, priceCurrency: { "@value": "EUR" } } },
      ["A offers price: 12.50 EUR"],
    ],
    ["languages", { name: [{ "@value": "A", "@language": "en" }, { "@value": "B" }], x: 1 }, ["A x: 1"]],
    ["several prices", { name: "A", price: [1, 2], priceCurrency: "EUR" }, ["A price: 1 EUR", "A price: 2 EUR"]],
    [
      "a range",
      { name: "A", lowPrice: 1, highPrice: 2, priceCurrency: "EUR" },
      ["A lowPrice: 1 EUR", "A highPrice: 2 EUR"],
    ],
    ["an amount", { name: "A", cost: { value: 5, currency: "EUR" } }, ["A cost value: 5 EUR"]],
    ["no price", { name: "A", price: null, priceCurrency: "EUR" }, []],
    ["a price that is a thing", { name: "A", price: { low: 1 }, priceCurrency: "EUR" }, ["A price low: 1"]],
    [
      "a graph in a graph",
      {
        "@graph": [
          {
            "@graph": [
              { name: "A", offers: [{ priceSpecification: [{ price: { "@value": "9" }, priceCurrency: "EUR" }] }] },
            ],
          },
        ],
      },
      ["A offers priceSpecification price: 9 EUR"],
    ],
    [
      "lists",
      { name: "A", colours: { "@list": ["red", { "@value": "blue" }] } },
      ["A colours: red", "A colours: blue"],
    ],
    ["named characters and lines", { name: "Caf&eacute;", x: "a &amp;\n b\0" }, ["Café x: a & b"]],
    ["half a surrogate pair", '{"name":"A","x":"\\ud83d"}', ["A x: \uFFFD"]],
    [
      "numbers as they are written",
      '{"name":"A","price":1299.00,"gtin":12345678901234567890}',
      ["A price: 1299.00", "A gtin: 12345678901234567890"],
    ],
    ["line ends within a string", '{"name":"A","x":"a\n\tb"}', ["A x: a b"]],
    ["in CDATA", '//<![CDATA[\n{"name":"A","x":1}\n//]]>', ["A x: 1"]],
    ["in a comment of CSS", '/*<![CDATA[*/{"name":"A","x":1}/*]]>*/', ["A x: 1"]],
    ["in a comment", '<!-- {"name":"A","x":1} -->', ["A x: 1"]],
    ["after a BOM", '\uFEFF{"name":"A","x":1}', ["A x: 1"]],
    [
      "an offer that stands elsewhere in the graph",
      {
        "@graph": [
          { "@id": "#o", "@type": "Offer", price: "9", priceCurrency: "EUR" },
          { "@id": "#a", name: "A", offers: { "@id": "#o" }, brand: { "@id": "#b" } },
          { "@id": "#b", name: "B", url: "/b" },
        ],
      },
      ["A offers price: 9 EUR", "A brand name: B", "B url: /b"],
    ],
    [
      "one offer of two products",
      {
        "@graph": [
          { "@id": "#o", price: 9 },
          { name: "A", offers: { "@id": "#o" } },
          { name: "B", offers: [{ "@id": "#o" }] },
        ],
      },
      ["A offers price: 9", "B offers price: 9"],
    ],
    [
      "things that refer to each other",
      {
        "@graph": [
          { "@id": "#a", x: 1, to: { "@id": "#b" } },
          { "@id": "#b", y: 2, to: { "@id": "#a" } },
        ],
      },
      ["page x: 1", "page to y: 2"],
    ],
    ["a reference to nothing", { name: "A", offers: { "@id": "#o" }, x: 1 }, ["A x: 1"]],
    [
      "a price's specification in the offer's currency",
      { name: "A", offers: { priceCurrency: "EUR", priceSpecification: { price: 9, weight: { value: 1 } } } },
      ["A offers priceSpecification price: 9 EUR", "A offers priceSpecification weight value: 1"],
    ],
    [
      "a price's specification in its own currency",
      { name: "A", offers: { priceCurrency: "EUR", priceSpecification: [{ price: 9, priceCurrency: "SEK" }] } },
      ["A offers priceSpecification price: 9 SEK"],
    ],
    ["a semicolon at the end", '{"name":"A","x":1};', ["A x: 1"]],
    ["comments", '{"name":"A", // "b":1\n/* } */ "x":"//1"}', ["A x: //1"]],
    ["commas at the end", '{"name":"A","x":[1.50,],},', ["A x: 1.50"]],
    ["several things", '{"name":"A","x":1}\n{"name":"B","x":2},{"name":"C","x":3}', ["A x: 1", "B x: 2", "C x: 3"]],
    ["in CDATA on one line", '//<![CDATA[ {"name":"A","x":1,} //]]>', ["A x: 1"]],
    ["in CDATA in a comment", '<!--//--><![CDATA[//><!--\n{"name":"A","x":1}\n//--><!]]>', ["A x: 1"]],
    ["a key that is a trap", '{"name":"A","__proto__":{"x":1}}', ["A __proto__ x: 1"]],
  ])("%s", (_, document, lines) => expect(values(document)).toEqual(lines));
});

describe("scripts", () => {
  test.each([
    "application/ld+json",
    "application/ld+json; charset=utf-8",
    " Application/LD+JSON ",
    "application/ld+json;x",
  ])("%j is JSON-LD", (type) => {
    const html = script('{"name":"A","x":1}', type);
    expect(pageText(html).data).toHaveLength(1);
    expect(pageStructure({ n: 0, url: "http://x/", html }).jsonLd).toEqual([{ name: "A", x: 1 }]);
  });
  test("others are not", () => expect(pageText(script('{"name":"A","x":1}', "application/json")).data).toEqual([]));
  test("one that is broken does not lose the others", () => {
    const html = script('{"name":"A","x":1}') + script("{oops") + script('{"name":"B","x":2}');
    expect(pageText(html).data.map(({ subject }) => subject)).toEqual(["A", "B"]);
    const { jsonLd, problems } = pageStructure({ n: 0, url: "http://x/", html });
    expect(jsonLd).toEqual([
      { name: "A", x: 1 },
      { name: "B", x: 2 },
    ]);
    expect(problems).toContain("JSON-LD is not valid JSON: script 2 of 3 ({oops)");
  });
  test("what is kept is small enough to keep: depth, strings, number of values", () => {
    const deep = `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`;
    const html =
      script(deep) + script(JSON.stringify({ s: "x".repeat(9_000), "k\0": "\0\uD83D", n: Array(20_000).fill(1) }));
    const { jsonLd, problems } = pageStructure({ n: 0, url: "http://x/", html });
    expect(problems).toContain("JSON-LD exceeds the limits of depth or length: some of it was left out");
    const text = JSON.stringify(jsonLd);
    expect(text.length).toBeLessThan(20_000);
    expect(text).toContain('"k":"\uFFFD"');
    expect(() => pageText(html)).not.toThrow();
    expect(() =>
      pageStructure({ n: 0, url: "http://x/", html: script("[".repeat(100_000) + "]".repeat(100_000)) }),
    ).not.toThrow();
  });
});
