// A page as plain text for a model: headings, paragraphs, tables as rows, JSON-LD as lines.
import { cut } from "@agentic/api/text.ts";
import { readable, squeeze } from "../core/readable.ts";
import { isJsonLd, type JsonLdLine, jsonLdLines } from "./json-ld.ts";
import { lineOf, render, type Sink } from "./rendered.ts";
import { type Hidden, keepShown, wordsIn } from "./shown.ts";
import { cellsOf, grid, rowGroups, tableOf } from "./table.ts";
import { ancestor, attribute, type Document, type Element, parsePage, sourceText, walk } from "./tree.ts";
import type { ShownTexts } from "./visible.ts";

/** A page as it was fetched. */
export interface PageSource {
  url: string;
  html: string;
  /** Default: text/html. */
  contentType?: string;
  /** Of its texts, what a browser shows: the others are left out. Undefined where that is unknown. */
  shown?: ShownTexts;
}

/** How much of what a page says is shown, in words. */
export interface Measure {
  /** Of its text. */
  shown: number;
  /** Of what it says without showing it as text: title, description, alternative texts, JSON-LD. */
  silent: number;
  /** Of the source's text, what was left out because the browser doesn't show it; undefined where they were not compared. */
  hidden?: Hidden;
}

export interface PageText {
  title: string;
  description: string;
  /** Visible text; a table's row is one line, with its cells separated by bars. */
  text: string;
  /** Facts from JSON-LD. */
  data: JsonLdLine[];
  /** Words of the visible text. */
  words: number;
  measure: Measure;
  /** Notes on how the page was read, such as that it was cut. */
  notes: string[];
}

/** A picture's alternative text, as {@link render} writes it. */
const ALTERNATIVE = /\[image: ([^\]]*)\]/g;

const NOTHING_HIDDEN: Hidden = { words: 0, sample: "" };

/** UTF-16 units of the title and the description. */
const MAX_TITLE = 500;
/** UTF-16 units of a heading or a cell. */
const MAX_LINE = 5_000;
/** UTF-16 units of the whole text, which cells that span many rows could make very long. */
const MAX_TEXT = 5_000_000;

/**
 * Extracts a page's text, of which only what is `shown` where that is known. Never throws, because HTML has no syntax errors.
 * Plain text and JSON are kept unchanged: a browser shows all of them.
 */
export function pageText(page: string, mediaType?: string, shown?: ShownTexts): PageText {
  const { document, notes } = parsePage(page, mediaType);
  const isMarkup = document.childNodes.length > 0;
  const hidden = shown && (isMarkup ? keepShown(document, shown) : NOTHING_HIDDEN);
  const lines = new Lines();
  if (isMarkup) renderPage(document, lines);
  else lines.write(page, true);
  const text = lines.text();
  const head = headOf(document);
  const alternatives = [...text.matchAll(ALTERNATIVE)].map(([, words]) => words);
  const data = head.data.map(({ subject, property, value }) => `${subject} ${property} ${value}`);
  const words = wordsIn(text);
  const measure: Measure = {
    shown: words - wordsIn(alternatives.join(" ")),
    silent: wordsIn([head.title, head.description, ...data, ...alternatives].join("\n")),
    ...(hidden ? { hidden } : {}),
  };
  return { ...head, text, notes, words, measure };
}

/** Collects lines; a line is finished only when the next one begins, because whitespace is squeezed across tags. */
class Lines implements Sink {
  readonly #done: string[] = [];
  #line: string[] = [];
  #isPre = false;
  #length = 0;

  write(text: string, preformatted: boolean): void {
    if (preformatted && /[\r\n]/.test(text)) {
      for (const [i, line] of text.split(/\r\n|\r|\n/).entries()) {
        if (i > 0) this.breakLine();
        this.write(line, true);
      }
      return;
    }
    this.#isPre ||= preformatted && text.trim() !== "";
    this.#line.push(preformatted ? text : text.replace(/\s+/g, " "));
    this.#length += text.length;
  }

  breakLine(): void {
    const whole = readable(this.#line.join(""));
    const line = this.#isPre ? whole.trimEnd() : squeeze(whole);
    // A list item's mark without text is left out.
    if (line !== "" && line !== "-") this.#done.push(line);
    this.#line = [];
    this.#isPre = false;
  }

  isFull(): boolean {
    return this.#length > MAX_TEXT;
  }

  text(): string {
    this.breakLine();
    return this.#done.join("\n");
  }
}

function renderPage(document: Document, lines: Lines): void {
  const layout = layoutRows(document);
  const rows = new Map<Element, string[]>();
  const textsOf = (row: Element): string[] => {
    if (!rows.has(row)) {
      const table = tableOf(row);
      for (const group of table ? rowGroups(table) : []) {
        const texts = grid(group, MAX_LINE, (groupRow) => layout.has(groupRow));
        for (const [i, groupRow] of group.entries()) rows.set(groupRow, texts[i] ?? []);
      }
    }
    return rows.get(row) ?? cellsOf(row).map((cell) => lineOf(cell, MAX_LINE));
  };
  render(document, lines, (element) => {
    const { tagName } = element;
    if (/^h[1-6]$/.test(tagName)) lines.write(`${"#".repeat(Number(tagName[1]))} ${lineOf(element, MAX_LINE)}`, false);
    else if (tagName === "tr" && !layout.has(element)) lines.write(textsOf(element).join(" | "), false);
    else {
      if (tagName === "li") lines.write("- ", false);
      return false;
    }
    return true;
  });
}

/** Rows of layout tables: they contain another table, or have only one cell. Their cells are read as blocks. */
function layoutRows(document: Document): Set<Element> {
  const rows = new Set<Element>();
  const single: Element[] = [];
  const spanned = new Set<Element | undefined>();
  const isRow = ({ tagName }: Element) => tagName === "tr";
  walk(document, {
    enter: (element) => {
      if (isRow(element)) {
        const cells = cellsOf(element);
        if (cells.length < 2) single.push(element);
        if (cells.some((cell) => attribute(cell, "rowspan") !== undefined)) spanned.add(tableOf(element));
      }
      if (element.tagName === "table")
        // Stops at a row that was added before, because the rows above it were added with it.
        for (let row = ancestor(element, isRow); row && !rows.has(row); row = ancestor(row, isRow)) rows.add(row);
      return true;
    },
  });
  // In a table with row spans, a row's only cell may stand beside one from above.
  for (const row of single) if (!spanned.has(tableOf(row))) rows.add(row);
  return rows;
}

/** Title, description and JSON-LD, which normally are in the head, from anywhere in the page. */
function headOf(document: Document): Pick<PageText, "title" | "description" | "data"> {
  let title: string | undefined;
  let description: string | undefined;
  const data: JsonLdLine[] = [];
  walk(document, {
    enter: (element) => {
      const { tagName } = element;
      if (tagName === "title") title ??= short(sourceText(element));
      else if (tagName === "meta" && attribute(element, "name")?.toLowerCase() === "description")
        description ??= short(attribute(element, "content") ?? "");
      else if (tagName === "script" && isJsonLd(attribute(element, "type")))
        data.push(...jsonLdLines(sourceText(element)));
      return tagName !== "svg";
    },
  });
  return { title: title ?? "", description: description ?? "", data };
}

const short = (text: string): string => cut(squeeze(readable(text)), MAX_TITLE);
