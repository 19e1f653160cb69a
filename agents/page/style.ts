// Reads the declarations of a style attribute that decide whether text is visible.

/** Characters of a style attribute that are read. */
const MAX_STYLE = 2_000;

/** A declaration ends at a semicolon that is not within quotes or parentheses. */
const DECLARATION = /(?:"[^"]*"?|'[^']*'?|\([^)]*\)?|[^;"'(])+/g;

/** Values of `display` that browsers know. They ignore others, so that an earlier declaration stays in effect. */
const DISPLAYS =
  /^(?:none|contents|block|inline(?:-\w+)?|flow(?:-root)?|flex|grid|list-item|run-in|ruby|math|table(?:-\w+)*|inherit|initial|unset|revert)\b/;

/** Most elements have no style of their own. */
const unstyled: ReadonlyMap<string, string> = new Map();

/** The value of each property in lower case; of several values the last, or the last important one. */
export function declarationsOf(style: string): ReadonlyMap<string, string> {
  if (style === "") return unstyled;
  const values = new Map<string, string>();
  const important = new Set<string>();
  const text = style.slice(0, MAX_STYLE).replace(/\/\*[\s\S]*?(?:\*\/|$)/g, " ");
  for (const [declaration] of text.matchAll(DECLARATION)) {
    const [, property = "", value = "", mark] =
      /^\s*([-\w]+)\s*:\s*(.*?)\s*(!\s*important)?\s*$/is.exec(declaration.toLowerCase()) ?? [];
    if (value === "" || (property === "display" && !DISPLAYS.test(value))) continue;
    if (important.has(property) && !mark) continue;
    if (mark) important.add(property);
    values.set(property, value);
  }
  return values;
}

/** Whether a style hides an element's text. */
export function hides(style: ReadonlyMap<string, string>): boolean {
  const isZero = (property: string) => Number.parseFloat(style.get(property) ?? "1") === 0;
  return (
    style.get("display") === "none" ||
    /^(?:hidden|collapse)$/.test(style.get("visibility") ?? "") ||
    style.get("content-visibility") === "hidden" ||
    isZero("font-size") ||
    isZero("opacity")
  );
}
