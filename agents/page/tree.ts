// A page as a tree: HTML by the parser's rules of browsers, XHTML as XML, both within bounds of depth and size.
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

/** As deep as Blink and WebKit nest; what lies deeper is read as if it lay here. */
export const MAX_DEPTH = 512;

/** The largest pages that people read have a tenth of it; the rest of a larger one is left out. */
export const MAX_ELEMENTS = 100_000;

/** Attributes of an element that are kept. */
const MAX_ATTRIBUTES = 1_000;

export interface Page {
  document: Document;
  /** What a reader should know of how it was read, such as that it was cut. */
  notes: string[];
}

/** Thrown by {@link limitedAdapter} when a page has too many elements; the tree so far is kept. */
export class TooManyElements extends Error {}

/** An adapter that ends the parse at {@link MAX_ELEMENTS}. */
export function limitedAdapter(): typeof defaultTreeAdapter {
  let count = 0;
  return {
    ...defaultTreeAdapter,
    createElement(tagName, namespaceURI, attrs) {
      if (++count > MAX_ELEMENTS) throw new TooManyElements();
      const kept = attrs.length > MAX_ATTRIBUTES ? attrs.slice(0, MAX_ATTRIBUTES) : attrs;
      return defaultTreeAdapter.createElement(tagName, namespaceURI, kept);
    },
  };
}

/** Parses a page. HTML has no syntax errors; XHTML that has some is read as HTML. Any other media type gives no elements. */
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

/** Elements whose contents are text, so that they can't nest; leaving one out would have its text read as markup. */
const textElements = new Set("iframe noembed noframes noscript plaintext script style textarea title xmp".split(" "));
const voidElements = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));

/**
 * The parser, which opens no more elements at {@link MAX_DEPTH}: the many walks along the open elements that the standard
 * asks for would take time by the square of the depth. Tags that are left out take their end tags with them.
 */
class BoundedParser extends Parser<DefaultTreeAdapterMap> {
  readonly #skipped = new Map<string, number>();

  /** Reads the text into the document; whether anything lay too deep. */
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
export const isText = (node: Node): node is DefaultTreeAdapterTypes.TextNode => node.nodeName === "#text";

/** An attribute's value. */
export const attribute = (element: Element, name: string): string | undefined =>
  element.attrs.find((one) => one.name === name)?.value;

/** The parent, if it is an element. */
export function parentOf(node: Element): Element | undefined {
  const { parentNode } = node;
  return parentNode && isElement(parentNode) ? parentNode : undefined;
}

/** The nearest element above that the test takes. */
export function ancestor(element: Element, test: (one: Element) => boolean): Element | undefined {
  let above = parentOf(element);
  while (above && !test(above)) above = parentOf(above);
  return above;
}

/** A template's contents are no part of the page, unless they are a shadow root, which is drawn in its host's place. */
function childrenOf(node: Node): Node[] {
  if ("content" in node) return attribute(node, "shadowrootmode") === undefined ? [] : node.content.childNodes;
  return "childNodes" in node ? node.childNodes : [];
}

export interface Visitor {
  /** Called before what is inside; `false` leaves that out, and the call of `leave`. */
  enter?(element: Element): boolean | undefined;
  leave?(element: Element): void;
  text?(value: string): void;
  /** Whether enough was seen. */
  done?(): boolean;
}

/** Goes through everything below `root`, in the page's order. No recursion: however deep the tree, the stack is not. */
export function walk(root: Node, visitor: Visitor): void {
  const path: { node: Node; children: Node[]; next: number }[] = [{ node: root, children: childrenOf(root), next: 0 }];
  for (let place = path.at(-1); place && !visitor.done?.(); place = path.at(-1)) {
    const child = place.children[place.next++];
    if (!child) {
      path.pop();
      if (path.length > 0 && isElement(place.node)) visitor.leave?.(place.node);
    } else if (isText(child)) visitor.text?.(child.value);
    else if (isElement(child) && visitor.enter?.(child) !== false)
      path.push({ node: child, children: childrenOf(child), next: 0 });
  }
}

/** The text inside, as it is in the source: a script's, a title's. */
export function sourceText(element: Element): string {
  const parts: string[] = [];
  walk(element, { text: (value) => parts.push(value) });
  return parts.join("");
}
