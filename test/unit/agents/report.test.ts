// The report, and the confidence that the gate gets.

import { targetPages } from "@agentic/api/batches.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAnswer } from "../../../agents/core/answer.ts";
import type { PageAnalysis, PageStructure, RawHtml } from "../../../agents/core/documents.ts";
import { judge } from "../../../agents/report/confidence.ts";
import { inline, link, list, table } from "../../../agents/report/markdown.ts";
import { writeReport } from "../../../agents/report/report.ts";
import { PageJudgement } from "../../../agents/steps/analysis.ts";

const fetched = (n: number, url = `https://x.example/${n}`) => ({
  n,
  url,
  finalUrl: n === 1 ? "https://x.example/moved" : url,
  redirects: [],
  status: 200,
  contentType: "text/html",
  bytes: 10,
  fetchedAt: "2026-01-01T00:00:00Z",
  html: "",
});
const raw: RawHtml = {
  jobId: "j",
  objective: "o",
  pages: [fetched(0), fetched(1), { n: 2, url: "https://x.example/gone", error: "HTTP 404 Not Found" }],
};
const page = (n: number, confidence: number, more: Partial<PageAnalysis> = {}): PageAnalysis => ({
  n,
  url: `https://x.example/${n}`,
  title: `Page ${n}`,
  words: 100,
  summary: "It says <b>this</b>.",
  facts: [{ name: "Price | net", value: "5 EUR" }],
  findings: [],
  confidence,
  reasons: [`because ${n}`],
  view: {},
  ...more,
});

describe("judge", () => {
  test("good pages leave the confidence as it is", () =>
    expect(judge([page(0, 0.98)], { ...raw, pages: [fetched(0)] }).confidence).toBe(0.98));
  test("a missing page is a finding and a reason, and costs little", () => {
    const { confidence, findings, reasons } = judge([page(0, 0.99), page(1, 0.99)], raw);
    expect(confidence).toBeGreaterThanOrEqual(0.95);
    expect(confidence).toBeLessThan(0.99);
    expect(findings).toEqual([
      { severity: "medium", url: "https://x.example/gone", text: "The page could not be read: HTTP 404 Not Found" },
    ]);
    expect(reasons).toEqual(["2 of 3 pages read", "https://x.example/gone could not be read: HTTP 404 Not Found"]);
  });
  test("one doubtful page is not lost among good ones", () => {
    const { confidence, reasons } = judge([page(0, 0.99), page(1, 0.2)], raw);
    expect(confidence).toBeLessThan(0.5);
    expect(reasons).toContain("https://x.example/1: because 1");
  });
  test("no page, no confidence", () => expect(judge([], raw).confidence).toBe(0));
  test("more doubt never gives more confidence", () => {
    const confidences = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(confidences, { minLength: 1 }), confidences, (all, factor) => {
        const pages = all.map((confidence, n) => page(n, confidence));
        const doubted = all.map((confidence, n) => page(n, n === 0 ? confidence * factor : confidence));
        expect(judge(doubted, raw).confidence).toBeLessThanOrEqual(judge(pages, raw).confidence);
      }),
    );
  });
});

describe("writeReport", () => {
  const structure = (n: number): PageStructure => ({
    n,
    url: `https://x.example/${n}`,
    title: "",
    lang: "en",
    meta: {},
    headings: [{ level: 1, text: "H" }],
    links: [{ href: "https://y.example/", text: "y", internal: false }],
    images: [],
    forms: [],
    tables: [{ caption: "Prices", header: ["A", "B"], rows: Array.from({ length: 60 }, (_, i) => [`a${i}`, "1|2"]) }],
    landmarks: [],
    jsonLd: [],
    problems: ["the page has no h1"],
  });
  const inputs: Parameters<typeof writeReport>[0] = {
    settings: { jobId: "job_1", objective: "Compare [things](javascript:x)", model: "default", changes: {} },
    raw,
    analysis: {
      jobId: "job_1",
      objective: "o",
      model: "default",
      confidence: 0.9,
      reasons: ["2 of 3 pages read"],
      findings: [
        { severity: "low", url: "https://x.example/0", text: "small" },
        { severity: "high", url: "https://x.example/1", text: "big" },
      ],
      pages: [
        page(0, 0.9, {
          view: {
            screenshot: "s3://b/job_1/screenshots/0.png",
            sight: { description: "A page.", text_in_images: ["BREW-1"] },
          },
        }),
        page(1, 0.9, { view: { problem: "there is no screenshot of this page" } }),
      ],
    },
    dom: {
      jobId: "job_1",
      pages: [structure(0), { n: 1, url: "https://x.example/1", error: "the page could not be parsed" }],
    },
    digests: new Map([["analysis", `sha256:${"a".repeat(64)}`]]),
    overview: { summary: "All in all.", key_facts: ["A fact."] },
  };
  const report = writeReport(inputs);
  const section = (title: string) => report.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";

  test("shows untrusted text and lets it do nothing", () => {
    expect(report.split("\n")[0]).toBe("# Compare \\[things\\](javascript:x)");
    expect(report).toContain("It says &lt;b&gt;this&lt;/b&gt;.");
    expect(report).toContain("| Price \\| net | 5 EUR |");
  });
  test("says at its beginning what was changed at the approval, and what the objective is then", () => {
    expect(report).not.toContain("Changed at the approval");
    const changes = { title: "Kettles *2026*", instructions: "Name the maker.\n# First" };
    const lines = writeReport({ ...inputs, settings: { ...inputs.settings, changes } }).split("\n");
    expect(lines[0]).toBe("# Kettles \\*2026\\*");
    const section = lines.slice(lines.indexOf("## Changed at the approval"), lines.indexOf("## Summary"));
    expect(section).toContain("The objective is: Compare \\[things\\](javascript:x)");
    expect(section).toContain("- title: Kettles \\*2026\\*");
    expect(section).toContain("- instructions: Name the maker. # First");
  });
  test("names its sources, moved and missing ones, too", () => {
    expect(section("Sources")).toContain("2. <https://x.example/1>, moved to <https://x.example/moved>: read");
    expect(section("Sources")).toContain("3. <https://x.example/gone>: not read");
  });
  test.each([
    ["http://Shop.example", "http://shop.example/"],
    ["https://shop.example:443/a#part", "https://shop.example/a"],
  ])("doesn't say that %s has moved to %s", (url, finalUrl) => {
    const pages = [{ ...fetched(0), url, finalUrl }];
    expect(writeReport({ ...inputs, raw: { ...raw, pages } })).not.toContain("moved to");
  });
  test("has facts, tables, pictures' text and the structure of each page", () => {
    const first = section("Page 0");
    for (const part of [
      "### Facts",
      "### Prices",
      "| a49 | 1\\|2 |",
      "10 more rows",
      "- BREW-1",
      "s3://b/job_1/screenshots/0.png",
    ])
      expect(first).toContain(part);
    expect(first).not.toContain("| a50 |");
    expect(first).toContain("Structure: 1 heading, 1 link (1 to other sites), 0 forms");
  });
  test("says all that went wrong", () =>
    expect(section("Problems").trim().split("\n")).toEqual([
      "- <https://x.example/gone> could not be read: HTTP 404 Not Found",
      "- <https://x.example/0>: the page has no h1",
      "- <https://x.example/1>: the page could not be parsed",
      "- <https://x.example/1>: there is no screenshot of this page",
    ]));
  test("lists findings with the worst first", () =>
    expect(section("Findings").trim().split("\n")).toEqual([
      "- **high** big (<https://x.example/1>)",
      "- **low** small (<https://x.example/0>)",
    ]));
});

describe("markdown", () => {
  test("text stays on one line without markup, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
        const escaped = inline(text);
        expect(escaped).not.toMatch(/[\n\r<>]/);
        expect(escaped).not.toMatch(/(^|[^\\])[`[]/);
      }),
    );
  });
  test("underscores within words and dashes within lines stay readable", () => {
    expect(inline("raw_html _x_ - # 1. a")).toBe("raw_html \\_x\\_ - # 1. a");
    expect(inline("# - x")).toBe("\\# - x");
    expect(inline("- x")).toBe("\\- x");
  });
  test("only http links can be followed", () => {
    expect(link("https://x.example/a b")).toBe("<https://x.example/a%20b>");
    expect(link("javascript:alert(1)")).toBe("javascript:alert(1)");
  });
  test("tables have the width of their widest row, lists no empty items", () => {
    expect(table(["A"], [["1", "2"], []])).toBe("| A |   |\n| --- | --- |\n| 1 | 2 |\n|   |   |");
    expect(list(["a", " ", "b"])).toBe("- a\n- b");
  });
});

describe("answers of models", () => {
  const judgement = {
    summary: "s",
    facts: [],
    findings: [{ severity: "low", text: "t" }],
    confidence: 0.5,
    reasons: [],
  };
  test("pass when they satisfy the schema, in a code fence, too", () => {
    expect(parseAnswer(PageJudgement, JSON.stringify(judgement))).toEqual({ ok: true, value: judgement });
    expect(parseAnswer(PageJudgement, `Here:\n\`\`\`json\n${JSON.stringify(judgement)}\n\`\`\``).ok).toBe(true);
  });
  test("are refused with the place that is wrong", () => {
    expect(parseAnswer(PageJudgement, "Sorry")).toEqual({ ok: false, problem: "it contains no JSON object" });
    const parsed = parseAnswer(PageJudgement, JSON.stringify({ ...judgement, confidence: 2 }));
    expect(parsed).toMatchObject({ ok: false, problem: expect.stringContaining("/confidence") });
    expect(
      parseAnswer(PageJudgement, JSON.stringify({ ...judgement, findings: [{ severity: "dreadful", text: "t" }] })).ok,
    ).toBe(false);
  });
});

test("a URL named twice is fetched once", () =>
  expect(targetPages(["http://x/", "http://x/#a", "http://y/", "HTTP://X/", "no url", "no url"])).toEqual([
    { n: 0, url: "http://x/" },
    { n: 2, url: "http://y/" },
    { n: 4, url: "no url" },
  ]));

test("a report has no character that stores refuse, whatever pages and models say", () =>
  expect(inline("a\0b \uD83D \u001B[31m")).toBe("ab \uFFFD \\[31m"));
