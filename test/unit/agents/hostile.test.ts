// Pages that are made to break a reader: each is read in a moment, to a small result, or cut with words.
import { expect, test } from "vitest";
import { pagePrompt } from "../../../agents/page/prompt.ts";
import { pageStructure } from "../../../agents/page/structure.ts";
import { processorTime } from "../processor-time.ts";

/** Generous: it takes a hundredth of it where the work grows with the page, and hours where it grows with its square. */
const LIMIT_MS = 10_000;

const times = (n: number, text: (i: number) => string) => Array.from({ length: n }, (_, i) => text(i)).join("");
const deeper = /nested deeper than 512 levels/;
const longer = /cut after 100000 elements/;

test.each<[string, string, RegExp | undefined, string?]>([
  ["blocks 50,000 deep", `<h1>Kettle</h1>${"<div>".repeat(50_000)}bottom`, deeper],
  ["fonts 50,000 deep", "<p>".concat("<font>x".repeat(50_000)), deeper],
  ["tables 20,000 deep", "<table><tr><td>".repeat(20_000), deeper],
  ["headings 50,000 deep", "<h1><div>".repeat(25_000), deeper],
  ["lists 50,000 deep", "<ul><li>".repeat(25_000), deeper],
  ["links that reopen", `<a href=x>${"<div><a href=x>".repeat(25_000)}`, deeper],
  ["formats that reopen", times(100_000, (i) => `<p><b a=${i}>x`), longer],
  ["formats that are misnested", `${"<b><i><u><s>".repeat(200)}${"<p>x</b></i></u></s>".repeat(20_000)}`, undefined],
  ["more siblings than a page has", "<i>x</i>".repeat(110_000), longer],
  ["cells in one row", `<table><tr>${"<td>x".repeat(110_000)}`, longer],
  ["what is moved before a table", `<table>${"<br>".repeat(110_000)}`, longer],
  [
    "cells that span all rows",
    `<table><tr>${times(50, () => `<td rowspan=65534>${"x".repeat(5_000)}`)}${"<tr><td>y".repeat(10_000)}`,
    undefined,
  ],
  ["attributes by the hundred thousand", `<p ${times(100_000, (i) => `a${i} `)}>x`, undefined],
  ["attributes of the root, one by one", times(50_000, (i) => `<html a${i}>`), undefined],
  ["one text of three million letters", "x".repeat(3_000_000), undefined],
  ["blanks", `x${" ".repeat(3_000_000)}y`, undefined],
  ["a style without end", `<p style="${"; ".repeat(1_000_000)}">x`, undefined],
  ["links under a long base", `<base href="/${"b".repeat(2_000)}/">${"<a href=x>y</a>".repeat(30_000)}`, undefined],
  [
    "JSON-LD 200,000 deep",
    `<script type="application/ld+json">${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}</script>`,
    undefined,
  ],
  [
    "JSON-LD with a key of a megabyte",
    `<script type="application/ld+json">{"name":"n","${"k".repeat(1_000_000)}":1}</script>`,
    undefined,
  ],
  [
    "JSON-LD by the ten thousand",
    `<script type="application/ld+json">{"name":"n","x":1}</script>`.repeat(10_000),
    undefined,
  ],
  [
    "XML 100,000 deep",
    `<html>${"<div>".repeat(100_000)}x${"</div>".repeat(100_000)}</html>`,
    deeper,
    "application/xhtml+xml",
  ],
  ["XML siblings", `<html>${"<p/>".repeat(110_000)}</html>`, longer, "application/xhtml+xml"],
])("%s", (_, html, charset, mediaType) => {
  const page = { url: "http://x.example/", html, ...(mediaType ? { contentType: mediaType } : {}) };
  const cpu = processorTime();
  const { prompt } = pagePrompt(page);
  const structure = pageStructure({ ...page, n: 0 });
  expect(cpu()).toBeLessThan(LIMIT_MS);
  expect(prompt.length).toBeLessThan(60_000);
  expect(JSON.stringify(structure).length).toBeLessThan(2_000_000);
  if (charset) {
    expect(prompt).toMatch(charset);
    expect(structure.problems.join()).toMatch(charset);
  }
});

test("a page that is too deep keeps its text and headings", () => {
  const html = `<h1>Kettle</h1>${"<div>".repeat(3_000)}<p>Price 10.</p><h2>End</h2>${"</div>".repeat(3_000)}<p>After.`;
  expect(pagePrompt({ url: "http://x.example/", html }).prompt).toContain("# Kettle\nPrice 10.");
  expect(pagePrompt({ url: "http://x.example/", html }).prompt).toContain("After.");
});
