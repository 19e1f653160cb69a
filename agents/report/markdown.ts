// Untrusted text as Markdown, escaped so that it is only shown.
import { clean } from "@agentic/api/text.ts";
import { squeeze } from "../core/readable.ts";

/** One line of text with all markup escaped: HTML, links, code. */
export function inline(text: string): string {
  return squeeze(clean(text))
    .replace(/[\\`*_[\]<>|~#]/g, (sign, at: number, whole: string) => {
      // "#" begins a heading only at the start of a line, and "_" within a word is not emphasis.
      if (sign === "#" && at > 0) return sign;
      if (sign === "_" && /\w/.test(whole[at - 1] ?? "") && /\w/.test(whole[at + 1] ?? "")) return sign;
      if (sign === "<") return "&lt;";
      if (sign === ">") return "&gt;";
      return `\\${sign}`;
    })
    .replace(/^([-+]|\d+[.)])(?=\s)/, "\\$1");
}

/** A URL as a link if it is http(s), else as text. */
export function link(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return inline(url);
  return `<${parsed.href.replace(/[<>\s]/g, encodeURIComponent)}>`;
}

/** A table; short rows are filled up with empty cells. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = Math.max(header.length, ...rows.map((row) => row.length), 1);
  const line = (cells: readonly string[]) =>
    `| ${Array.from({ length: width }, (_, i) => inline(cells[i] ?? "") || " ").join(" | ")} |`;
  return [line(header), `|${" --- |".repeat(width)}`, ...rows.map(line)].join("\n");
}

/** A list; empty texts are left out. */
export function list(items: readonly string[]): string {
  return items
    .filter((item) => item.trim() !== "")
    .map((item) => `- ${item}`)
    .join("\n");
}
