// The Markdown of reports as text for a terminal: headings and emphasis by the terminal's own means, tables in columns, addresses in full.
import { styleText } from "node:util";
import { clean } from "@agentic/api/text.ts";
import { table } from "./output.ts";

/** Backslashes of Markdown stand before punctuation only. */
const unescaped = (text: string): string =>
  text
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

/** What is kept from being read as markup while a line is styled. */
const ESCAPED = /\\[!-/:-@[-`{-~]/g;

const bold = (words: string): string => styleText("bold", words);

/** One line's emphasis, code, links and pictures. */
function inline(text: string, strong = bold): string {
  // An escaped sign is no markup: it waits as a character of Unicode's private area, which `clean` text is stripped of here.
  const escaped: string[] = [];
  const marked = text.replace(/[\uE000\uE001]/g, "").replace(ESCAPED, (sign) => {
    escaped.push(sign);
    return `\uE000${escaped.length - 1}\uE001`;
  });
  const styled = marked
    .replace(/!\[([^\]]*)\]\(([^)\s]+)[^)]*\)/g, "[picture: $1] $2")
    .replace(/\[([^\]]*)\]\(([^)\s]+)[^)]*\)/g, "$1 ($2)")
    .replace(/<(https?:[^>\s]+)>/g, "$1")
    .replace(/\*\*([^*]+)\*\*/g, (_, words: string) => strong(words))
    .replace(/`([^`]+)`/g, "$1");
  return unescaped(styled.replace(/\uE000(\d+)\uE001/g, (_, index: string) => escaped[Number(index)] ?? ""));
}

const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => inline(cell.trim(), String));

const isRow = (line: string | undefined): line is string => line?.trimStart().startsWith("|") ?? false;

/** The text; nothing in it moves the cursor or changes colours but what this adds. */
export function renderMarkdown(markdown: string): string {
  const all = clean(markdown.replaceAll("\r\n", "\n")).split("\n");
  const shown: string[] = [];
  let isCode = false;
  for (let at = 0; at < all.length; at++) {
    const line = all[at] ?? "";
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (/^\s*```/.test(line)) isCode = !isCode;
    else if (isCode) shown.push(`  ${line}`);
    else if (heading)
      shown.push(styleText(heading[1] === "#" ? ["bold", "underline"] : "bold", inline(heading[2] ?? "")));
    else if (isRow(line) && /^\s*\|(\s*:?-+:?\s*\|)+\s*$/.test(all[at + 1] ?? "")) {
      const rows: string[][] = [];
      for (at += 2; isRow(all[at]); at++) rows.push(cellsOf(all[at] ?? ""));
      at--;
      shown.push(table(cellsOf(line), rows));
    } else shown.push(inline(line));
  }
  return shown.join("\n").trimEnd();
}
