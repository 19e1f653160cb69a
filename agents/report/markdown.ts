// Text from strangers as Markdown that shows it, and does nothing else.
import { clean } from "@agentic/api/text.ts";

/** One line of text in which nothing is markup: no HTML, no links, no code. */
export function inline(text: string): string {
  return clean(text)
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*_[\]<>|~#]/g, (sign, at: number, whole: string) => {
      // "#" is a heading only at the start; "_" within a word is no emphasis.
      if (sign === "#" && at > 0) return sign;
      if (sign === "_" && /\w/.test(whole[at - 1] ?? "") && /\w/.test(whole[at + 1] ?? "")) return sign;
      if (sign === "<") return "&lt;";
      if (sign === ">") return "&gt;";
      return `\\${sign}`;
    })
    .replace(/^([-+]|\d+[.)])(?=\s)/, "\\$1");
}

/** A URL that is shown and can be followed, if it is http(s); else only shown. */
export function link(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return inline(url);
  return `<${parsed.href.replace(/[<>\s]/g, encodeURIComponent)}>`;
}

/** A table; rows are brought to the header's width. */
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
