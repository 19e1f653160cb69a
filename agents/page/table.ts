// A table's cells as a grid. A cell that spans rows appears in each row, one that spans columns only in the first column.
import { lineOf } from "./rendered.ts";
import { attribute, type Element, isElement, parentOf } from "./tree.ts";

/** How many columns of a table are read. */
const MAX_COLUMNS = 50;

const childElements = (element: Element): Element[] => element.childNodes.filter(isElement);
const named = (element: Element, ...names: string[]): Element[] =>
  childElements(element).filter(({ tagName }) => names.includes(tagName));

/** The rows of a table by group, in the order in which they are drawn: heads, bodies, feet. */
export function rowGroups(table: Element): Element[][] {
  const directRows = named(table, "tr");
  const groups = (name: string) => named(table, name).map((group) => named(group, "tr"));
  return [...groups("thead"), directRows, ...groups("tbody"), ...groups("tfoot")].filter((rows) => rows.length > 0);
}

/** The table that a row belongs to. */
export function tableOf(row: Element): Element | undefined {
  const above = parentOf(row);
  return above && above.tagName !== "table" ? parentOf(above) : above;
}

export const cellsOf = (row: Element): Element[] => named(row, "td", "th");

/** A colspan or rowspan as the HTML Standard parses it: a leading number, within limits; a rowspan of 0 means all further rows. */
function span(cell: Element, name: "colspan" | "rowspan"): number {
  const match = /^\s*\+?(\d+)/.exec(attribute(cell, name) ?? "");
  const number = match ? Number(match[1]) : 1;
  if (name === "rowspan") return number === 0 ? Number.POSITIVE_INFINITY : Math.min(number, 65_534);
  return number === 0 || number > 1_000 ? 1 : number;
}

/** The texts of a group's rows, column by column. Rows for which `skip` is true stay empty. */
export function grid(
  rows: readonly Element[],
  maxText: number,
  skip: (row: Element) => boolean = () => false,
): string[][] {
  const above: { text: string; left: number }[] = [];
  return rows.map((row) => {
    const texts: string[] = [];
    let column = 0;
    const takeFromAbove = () => {
      for (let cell = above[column]; cell && cell.left > 0; cell = above[column]) {
        texts[column++] = cell.text;
        cell.left--;
      }
    };
    for (const cell of skip(row) ? [] : cellsOf(row)) {
      takeFromAbove();
      const text = lineOf(cell, maxText);
      const down = span(cell, "rowspan") - 1;
      const end = Math.min(column + span(cell, "colspan"), MAX_COLUMNS);
      for (let first = column; column < end; column++) {
        texts[column] = column === first ? text : "";
        if (down > 0) above[column] = { text: texts[column] ?? "", left: down };
      }
      if (column >= MAX_COLUMNS) break;
    }
    while (column < above.length) {
      takeFromAbove();
      if (column < above.length) texts[column++] ??= "";
    }
    while (texts.length > 0 && !texts.at(-1)) texts.pop();
    return Array.from(texts, (text) => text ?? "");
  });
}
