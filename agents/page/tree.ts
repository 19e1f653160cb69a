// A page as a tree: HTML as browsers parse it, XHTML as XML, both within limits of depth and size.
import {
  type DefaultTreeAdapterMap,
  type DefaultTreeAdapterTypes,
  defaultTreeAdapter,
  Parser,
  type Token,
} from "parse5";
import { HTML, XHTML } from "../net/mime.ts";
import { parseXml } from "./xml.ts";

export type Node = DefaultTreeAdapterTypes.Node;
export type Element = DefaultTreeAdapterTypes.Element;
export type Document = DefaultTreeAdapterTypes.Document;
export type TextNode = DefaultTreeAdapterTypes.TextNode;

/** Depth at which Blink and WebKit stop nesting; deeper elements are read as if they were at this depth. */
export const MAX_DEPTH = 512;

/** Ten times the elements of the largest real pages; the rest of a page is left out. */
export const MAX_ELEMENTS = 100_000;

/** Attributes of an element that are kept. */
const MAX_ATTRIBUTES = 1_000;

export interface Page {
  document: Document;
  /** Notes on how the page was read, such as that it was cut. */
  notes: string[];
}

/** Thrown by {@link limitedAdapter} when a page has too many elements; the tree built so far stays usable. */
export class TooManyElements extends Error {}

/** An adapter that ends the parse at {@link MAX_ELEMENTS}. */
export function limitedAdapter(): typeof defaultTreeAdapter {
  let count = 0;
  return {
    ...defaultTreeAdapter,
    createElement(tagName, namespaceURI, attrs) {
      if (++count > MAX_ELEMENTS) throw new TooManyElements();
      const bounded = attrs.length > MAX_ATTRIBUTES ? attrs.slice(0, MAX_ATTRIBUTES) : attrs;
      return defaultTreeAdapter.createElement(tagName, namespaceURI, bounded);
    },
  };
}

/** Parses a page. XHTML with syntax errors is read as HTML, which has none. Any other media type gives no elements. */
export function parsePage(text: string, mediaType: string = HTML): Page {
  const document = defaultTreeAdapter.createDocument();
  if (mediaType !== HTML && mediaType !== XHTML) return { document, notes: [] };
  const notes: string[] = [];
  const attempt = (parse: (document: Document) => boolean): boolean => {
    try {
      if (parse(document)) notes.push(`elements nested deeper than ${MAX_DEPTH} levels were read as if they were not`);
      return true;
    } catch (error) {
      if (!(error instanceof TooManyElements)) return false;
      notes.push(`the page was cut after ${MAX_ELEMENTS} elements`);
      return true;
    }
  };
  if (mediaType === XHTML) {
    if (attempt((into) => parseXml(text, into, { adapter: limitedAdapter(), maxDepth: MAX_DEPTH })))
      return { document, notes };
    document.childNodes = [];
    notes.push("the page is XHTML with errors, and was read as HTML");
  }
  attempt((into) => BoundedParser.read(text, into));
  return { document, notes };
}

/** Elements whose contents are text, so that they don't nest; if one were left out, its text would be read as markup. */
const textElements = new Set("iframe noembed noframes noscript plaintext script style textarea title xmp".split(" "));
const voidElements = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));

/**
 * A parser that opens no elements below {@link MAX_DEPTH}: the standard's many walks along the open elements would take time
 * by the square of the depth. The end tags of start tags that are left out are left out, too.
 */
class BoundedParser extends Parser<DefaultTreeAdapterMap> {
  readonly #skipped = new Map<string, number>();

  /** Parses the text into the document; returns whether anything was too deep. */
  static read(text: string, document: Document): boolean {
    const parser = new BoundedParser({ treeAdapter: limitedAdapter() }, document);
    parser.tokenizer.write(text, true);
    return parser.#skipped.size > 0;
  }

  override onStartTag(token: Token.TagToken): void {
    const { tagName } = token;
    const opensNothing = voidElements.has(tagName) || textElements.has(tagName);
    if (this.openElements.stackTop < MAX_DEPTH || (opensNothing && !this.currentNotInHTML)) super.onStartTag(token);
    else if (!token.selfClosing) this.#skipped.set(tagName, (this.#skipped.get(tagName) ?? 0) + 1);
  }

  override onEndTag(token: Token.TagToken): void {
    const skipped = this.#skipped.get(token.tagName) ?? 0;
    if (skipped > 0) this.#skipped.set(token.tagName, skipped - 1);
    else super.onEndTag(token);
  }
}

export const isElement = (node: Node): node is Element => "tagName" in node;
export const isText = (node: Node): node is TextNode => node.nodeName === "#text";

/** An attribute's value. */
export const attribute = (element: Element, name: string): string | undefined =>
  element.attrs.find((candidate) => candidate.name === name)?.value;

/** The parent, if it is an element. */
export function parentOf(node: Element): Element | undefined {
  const { parentNode } = node;
  return parentNode && isElement(parentNode) ? parentNode : undefined;
}

/** The nearest ancestor that satisfies the test. */
export function ancestor(element: Element, test: (candidate: Element) => boolean): Element | undefined {
  let above = parentOf(element);
  while (above && !test(above)) above = parentOf(above);
  return above;
}

/** The children of a node. A template's contents are not part of the page, unless it declares a shadow root. */
function childrenOf(node: Node): Node[] {
  if ("content" in node) return attribute(node, "shadowrootmode") === undefined ? [] : node.content.childNodes;
  return "childNodes" in node ? node.childNodes : [];
}

export interface Visitor {
  /** Called before an element's contents; `false` skips them and the call of `leave`. */
  enter?(element: Element): boolean | undefined;
  leave?(element: Element): void;
  text?(value: string, node: TextNode): void;
  /** Whether to stop the walk. */
  done?(): boolean;
}

/** Visits everything below `root` in document order, without recursion, so that a deep tree can't overflow the stack. */
export function walk(root: Node, visitor: Visitor): void {
  const path: { node: Node; children: Node[]; next: number }[] = [{ node: root, children: childrenOf(root), next: 0 }];
  for (let place = path.at(-1); place && !visitor.done?.(); place = path.at(-1)) {
    const child = place.children[place.next++];
    if (!child) {
      path.pop();
      if (path.length > 0 && isElement(place.node)) visitor.leave?.(place.node);
    } else if (isText(child)) visitor.text?.(child.value, child);
    else if (isElement(child) && visitor.enter?.(child) !== false)
      path.push({ node: child, children: childrenOf(child), next: 0 });
  }
}

/** The text inside an element, such as a script or a title, as it is in the source. */
export function sourceText(element: Element): string {
  const parts: string[] = [];
  walk(element, { text: (value) => parts.push(value) });
  return parts.join("");
}
