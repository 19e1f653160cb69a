// A page's visible text: blocks and line breaks start new lines, inline elements don't, hidden elements are left out.
import { cut } from "@agentic/api/text.ts";
import { readable, squeeze } from "../core/readable.ts";
import { declarationsOf, hides } from "./style.ts";
import { attribute, type Element, type Node, walk } from "./tree.ts";

/** Elements whose text a browser with scripts doesn't show. */
export const withoutText = new Set(
  "annotation annotation-xml audio canvas datalist head iframe math-annotation meter noembed noframes noscript object progress script select style svg title video".split(
    " ",
  ),
);

/** Block elements, by the HTML Standard's suggested rendering; `tr`, `td` and the like break lines in layout tables. */
const blocks = new Set(
  "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol optgroup option p plaintext pre search section summary table tbody td tfoot th thead tr ul xmp".split(
    " ",
  ),
);
const blockDisplays = new Set("block flex flow-root grid list-item table table-row".split(" "));
const preformatted = new Set("listing plaintext pre textarea xmp".split(" "));

/** Inline elements that are boxes, which separate words even without a blank. */
const boxes = new Set("button embed iframe input meter object progress select textarea video audio".split(" "));

const styleOf = (element: Element) => declarationsOf(attribute(element, "style") ?? "");

/** Whether an element is hidden from people. Hidden text is left out, because it may contain instructions to models. */
export function isHidden(element: Element): boolean {
  const { tagName } = element;
  const has = (name: string) => attribute(element, name) !== undefined;
  return (
    has("hidden") ||
    has("popover") ||
    (tagName === "dialog" && !has("open")) ||
    attribute(element, "aria-hidden")?.trim().toLowerCase() === "true" ||
    hides(styleOf(element))
  );
}

/** Receives the rendered text. */
export interface Sink {
  /** Adds text to the line; in preformatted text, blanks and line ends are kept. */
  write(text: string, preformatted: boolean): void;
  /** Ends the line, if it has any text. */
  breakLine(): void;
  /** Whether the sink needs no more text. */
  isFull?(): boolean;
}

/** Handles an element in a special way; `true`: its contents are done. */
export type Special = (element: Element) => boolean;

/** Writes the visible text below `root`. */
export function render(root: Node, sink: Sink, special: Special = () => false): void {
  let preDepth = 0;
  // Adjacent links, as in a menu, are separate on the screen even without a blank in the source.
  let afterControl = false;
  let last = "";
  let isRaised = false;
  const isBlock = (element: Element): boolean => {
    const display = styleOf(element).get("display");
    if (display?.startsWith("inline") || display === "contents") return false;
    return blocks.has(element.tagName) || (display !== undefined && blockDisplays.has(display));
  };
  const isPre = (element: Element): boolean =>
    preformatted.has(element.tagName) || /^(?:pre|break-spaces)/.test(styleOf(element).get("white-space") ?? "");
  walk(root, {
    done: () => sink.isFull?.() ?? false,
    text: (value) => {
      if (value !== "") afterControl = false;
      // 10² is not 102, and a footnote's number no digit of a price.
      if (isRaised && /\d$/.test(last) && /^\d/.test(value)) sink.write("^", false);
      if (value !== "") isRaised = false;
      last = value === "" ? last : value;
      sink.write(value, preDepth > 0);
    },
    enter: (element) => {
      const { tagName } = element;
      if (boxes.has(tagName)) sink.write(" ", false);
      if (withoutText.has(tagName) || isHidden(element)) return false;
      if (tagName === "sup") isRaised = true;
      if (tagName === "br") sink.breakLine();
      if (tagName === "img") {
        const alt = squeeze(attribute(element, "alt") ?? "");
        if (alt) sink.write(` [image: ${alt}] `, false);
      }
      if (isBlock(element)) sink.breakLine();
      if (special(element)) {
        sink.breakLine();
        return false;
      }
      if (tagName === "a" && afterControl) sink.write(" ", false);
      if (isPre(element)) preDepth++;
      return true;
    },
    leave: (element) => {
      if (isPre(element)) preDepth--;
      if (isBlock(element)) sink.breakLine();
      if (boxes.has(element.tagName)) sink.write(" ", false);
      if (element.tagName === "a") afterControl = true;
    },
  });
}

/** The visible text of an element, such as a cell or a heading, as one line of at most `max` UTF-16 units. */
export function lineOf(element: Element, max: number): string {
  const parts: string[] = [];
  let length = 0;
  const write = (text: string) => {
    parts.push(text);
    length += text.trim().length;
  };
  // Reads more than needed, because whitespace is squeezed afterwards.
  render(element, { write, breakLine: () => parts.push(" "), isFull: () => length > 2 * max });
  return cut(squeeze(readable(parts.join(""))), max);
}
