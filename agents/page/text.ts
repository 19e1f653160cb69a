// A page as plain text, the way a model reads it: headings, paragraphs, tables as rows, JSON-LD as lines.
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { type JsonLdLine, jsonLdLines } from "./json-ld.ts";

export interface PageText {
  title: string;
  description: string;
  /** Visible text; a table's row is one line, its cells between bars. */
  text: string;
  /** Facts from JSON-LD. */
  data: JsonLdLine[];
  /** Words of the visible text. */
  words: number;
}

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

const skipped = new Set([
  "script",
  "style",
  "noscript",
  "template",
  "svg",
  "iframe",
  "object",
  "canvas",
  "head",
  "select",
]);
const blocks = new Set(
  "address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer form header hr label li main nav ol p pre section summary table tbody tfoot thead ul".split(
    " ",
  ),
);

const isElement = (node: Node): node is Element => "tagName" in node;
const children = (node: Node): Node[] => ("childNodes" in node ? node.childNodes : []);
const attribute = (element: Element, name: string) => element.attrs.find((one) => one.name === name)?.value;
const squeeze = (text: string) => text.replace(/[\s\u00A0]+/g, " ").trim();

/** Text that a person can't see is not the page's: it is where instructions to models hide. */
function isHidden(element: Element): boolean {
  const style = attribute(element, "style") ?? "";
  return (
    attribute(element, "hidden") !== undefined ||
    attribute(element, "aria-hidden") === "true" ||
    /display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])/i.test(style)
  );
}

/** Extracts a page's text. Never throws: HTML has no syntax errors. */
export function pageText(html: string): PageText {
  const root = parse(html);
  const lines: string[] = [""];
  const data: JsonLdLine[] = [];
  let title = "";
  let description = "";

  const append = (text: string) => {
    const last = lines.length - 1;
    lines[last] = (lines[last] ?? "") + text;
  };
  const breakLine = () => {
    if (lines.at(-1) !== "") lines.push("");
  };
  const textOf = (node: Node): string =>
    "value" in node && node.nodeName === "#text"
      ? node.value
      : isElement(node) && (skipped.has(node.tagName) || isHidden(node))
        ? ""
        : children(node).map(textOf).join(" ");

  const visitAll = (nodes: Node[]) => {
    for (const node of nodes) visit(node);
  };
  const visit = (node: Node): void => {
    if (node.nodeName === "#text" && "value" in node) append(node.value.replace(/\s+/g, " "));
    else if (isElement(node)) visitElement(node);
    else visitAll(children(node));
  };
  const visitElement = (node: Element) => {
    const name = node.tagName;
    if (name === "head") readHead(node);
    else if (name === "script" && attribute(node, "type") === "application/ld+json")
      data.push(
        ...jsonLdLines(
          children(node)
            .map((one) => ("value" in one ? one.value : ""))
            .join(""),
        ),
      );
    else if (skipped.has(name) || isHidden(node)) return;
    else if (/^h[1-6]$/.test(name)) line(`${"#".repeat(Number(name[1]))} ${squeeze(textOf(node))}`);
    else if (name === "tr") {
      const cells = children(node).filter((cell) => isElement(cell) && /^t[dh]$/.test(cell.tagName));
      line(cells.map((cell) => squeeze(textOf(cell))).join(" | "));
    } else if (name === "br") breakLine();
    else if (name === "img")
      append(attribute(node, "alt") ? ` [image: ${squeeze(attribute(node, "alt") ?? "")}] ` : "");
    else if (name === "a" || name === "button") {
      // Links of a menu stand apart on the screen, if not in the source.
      append(" ");
      visitAll(children(node));
      append(" ");
    } else if (blocks.has(name)) {
      breakLine();
      if (name === "li") append("- ");
      visitAll(children(node));
      breakLine();
    } else visitAll(children(node));
  };
  const line = (text: string) => {
    breakLine();
    append(text);
    breakLine();
  };
  const readHead = (head: Element) => {
    for (const node of children(head)) {
      if (!isElement(node)) continue;
      if (node.tagName === "title")
        title = squeeze(
          children(node)
            .map((one) => ("value" in one ? one.value : ""))
            .join(""),
        );
      if (node.tagName === "meta" && attribute(node, "name")?.toLowerCase() === "description")
        description = squeeze(attribute(node, "content") ?? "");
      if (node.tagName === "script") visit(node);
    }
  };

  visit(root);
  const text = lines
    .map(squeeze)
    .filter((one) => one !== "" && one !== "-")
    .join("\n");
  return { title, description, text, data, words: text.match(/[\p{L}\p{N}][\p{L}\p{N}'’.,-]*/gu)?.length ?? 0 };
}
