// Reports as pages of HTML: strangers' words are shown, and nothing of them runs or is loaded.
import fc from "fast-check";
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { describe, expect, it } from "vitest";
import { htmlPage } from "../../../cli/report-html.ts";

const SHOWN = [
  "html",
  "head",
  "meta",
  "title",
  "style",
  "body",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "p",
  "br",
  "hr",
].concat([
  "blockquote",
  "ul",
  "ol",
  "li",
  "pre",
  "code",
  "em",
  "strong",
  "del",
  "table",
  "thead",
  "tbody",
  "tr",
  "th",
  "td",
  "a",
  "img",
  "input",
]);
const ATTRIBUTES: Record<string, string[]> = {
  ...{ html: ["lang"], meta: ["charset", "http-equiv", "content", "name"], a: ["href", "rel"], ol: ["start"] },
  ...{ th: ["align"], td: ["align"], code: ["class"], img: ["src", "alt"], input: ["checked", "disabled", "type"] },
};

function elementsOf(html: string): DefaultTreeAdapterTypes.Element[] {
  const all: DefaultTreeAdapterTypes.Element[] = [];
  const visit = (node: DefaultTreeAdapterTypes.Node) => {
    if ("tagName" in node) all.push(node);
    if ("childNodes" in node) for (const child of node.childNodes) visit(child);
  };
  visit(parse(html));
  return all;
}

const PICTURE = "data:image/png;base64,aGVsbG8=";
const pictures = new Map([
  ["s3://artifacts/job_a/screenshots/0.png", PICTURE],
  ["screenshot_0", PICTURE],
  ["x", PICTURE],
]);

function judge(html: string): void {
  const all = elementsOf(html);
  expect(all.map(({ tagName }) => tagName).filter((name) => !SHOWN.includes(name))).toEqual([]);
  for (const name of ["style", "title"]) expect(all.filter(({ tagName }) => tagName === name)).toHaveLength(1);
  expect(all.filter(({ tagName }) => tagName === "meta")).toHaveLength(3);
  for (const { tagName, attrs } of all)
    for (const { name, value } of attrs) {
      expect(ATTRIBUTES[tagName] ?? []).toContain(name);
      if (name === "src") expect(value).toBe(PICTURE);
      if (name === "href") expect(value).toMatch(/^https?:/i);
      if (tagName === "input") expect({ checked: "", disabled: "", type: "checkbox" }).toMatchObject({ [name]: value });
    }
}

describe("a report as HTML", () => {
  it("has headings, tables and links to the web", () => {
    const html = htmlPage("prices", "# Kettles\n\n| a | b |\n| --- | --- |\n| 1 | <https://example.com/?a=1&b=2> |\n");
    expect(html).toContain("<title>prices</title>");
    expect(html).toContain("<h1>Kettles</h1>");
    expect(html).toContain('<a href="https://example.com/?a=1&amp;b=2" rel="noopener noreferrer nofollow">');
    judge(html);
  });

  it.each([
    "<script>alert(1)</script>",
    "text <img src=x onerror=alert(1)> text",
    "<iframe src=https://evil.example/></iframe>",
    "</body></html><script>alert(1)</script>",
    "[x](javascript:alert(1)) [y](data:text/html,<script>alert(1)</script>) [z](JaVaScRiPt:alert(1))",
    '![x](https://evil.example/p.png) ![y](javascript:alert(1)) !["><script>alert(1)</script>](x)',
    '[x](https://example.com/"onmouseover="alert(1)) [y](https://example.com/ "t\\" onclick=alert(1)")',
    "<https://example.com/><script>alert(1)</script>",
    "<svg><a xlink:href=javascript:alert(1)>x</a></svg>",
    "<style>*{display:none}</style><meta http-equiv=refresh content=0;url=https://evil.example/>",
    "```html onload=alert(1)\n</code></pre><script>alert(1)</script>\n```",
    "| <b onclick=alert(1)>a</b> |\n| --- |\n| <form action=https://evil.example/><input name=p></form> |",
    "- [ ] task\n- [x] done",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
  ])("shows %j", (text) => {
    judge(htmlPage(text, text));
    judge(htmlPage(text, text, pictures));
  });

  it("has the run's own pictures where it names them, and no others", () => {
    const named = "Screenshot: `s3://artifacts/job_a/screenshots/0.png`\n\n![kettle](screenshot_0)\n\n";
    const html = htmlPage(
      "a",
      `${named}\`s3://artifacts/job_b/screenshots/0.png\` ![no](https://a.example/p.png)`,
      pictures,
    );
    expect(html.match(/<img [^>]*>/g)).toEqual([
      `<img src="${PICTURE}" alt="Screenshot">`,
      `<img src="${PICTURE}" alt="kettle">`,
    ]);
    expect(html).toContain("[picture: no]");
    expect(html).toContain("img-src data:");
    judge(html);
  });

  it("shows any text", () => {
    const part = fc.constantFrom(
      "<",
      ">",
      '"',
      "'",
      "[",
      "]",
      "(",
      ")",
      "!",
      "`",
      "&",
      "\n",
      " ",
      "javascript:",
      "script",
      "x",
      "=",
      "|",
      "*",
      "\\",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) =>
        judge(htmlPage(parts.join(""), parts.join(""), pictures)),
      ),
      { numRuns: 100 },
    );
  });
});
