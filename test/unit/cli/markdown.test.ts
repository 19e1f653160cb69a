// Reports on a terminal.
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inline as escaped, table as markdownTable } from "../../../agents/report/markdown.ts";
import { renderMarkdown } from "../../../cli/markdown.ts";

const plain = (markdown: string): string => stripVTControlCharacters(renderMarkdown(markdown));

describe("a report on a terminal", () => {
  it("has headings, emphasis, links and pictures without their signs", () => {
    const markdown =
      "# Kettles\n\n**low** small print (<https://example.com/a_b>)\n- [the page](https://example.com/) `x`\n![shot](0.png)";
    expect(plain(markdown)).toBe(
      "Kettles\n\nlow small print (https://example.com/a_b)\n- the page (https://example.com/) x\n[picture: shot] 0.png",
    );
  });

  it("has tables in columns", () => {
    expect(
      plain(
        markdownTable(
          ["Name", "Price"],
          [
            ["Kettle | red", "1"],
            ["Pot", "20 *"],
          ],
        ),
      ),
    ).toBe("Name           Price\nKettle | red   1\nPot            20 *");
  });

  it("leaves code as it is", () => {
    expect(plain("```\n# no *heading*\n| a |\n```\nend")).toBe("  # no *heading*\n  | a |\nend");
  });

  it("shows strangers' words that the report has escaped as they were", () => {
    for (const words of [
      "**no** emphasis",
      "[no link](https://evil.example/)",
      "a_b*c`d|e~f",
      "<b>&lt;</b>",
      "# 1. no",
      "back\\slash",
    ])
      expect(plain(escaped(words))).toBe(escaped(words) === words ? words : words.replace("&lt;", "<"));
  });

  it("never moves the cursor or sets a title, whatever the report has", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        let own = renderMarkdown(`${text}\u001B]0;title\u0007\u001B[2J\u009B31m`);
        for (const code of ["[1m", "[22m", "[4m", "[24m"]) own = own.replaceAll(`\u001B${code}`, "");
        expect(own).not.toMatch(/(?![\t\n\r])\p{Cc}/u);
      }),
      { numRuns: 50 },
    );
  });
});
