// Parses XHTML as XML: with self-closing elements, CDATA sections, and the named characters of its DTDs.
import { decodeHTMLStrict } from "entities";
import { type DefaultTreeAdapterTypes, type defaultTreeAdapter, html } from "parse5";
import { SaxesParser } from "saxes";

type Document = DefaultTreeAdapterTypes.Document;
type ParentNode = DefaultTreeAdapterTypes.ParentNode;

/** The named characters of XHTML's DTDs, which are HTML's, so that the DTDs needn't be loaded. */
const namedCharacters = new Proxy<Record<string, string>>(
  {},
  {
    get: (_, name) => {
      const reference = `&${String(name)};`;
      const decoded = decodeHTMLStrict(reference);
      return decoded === reference ? undefined : decoded;
    },
  },
);

export interface XmlOptions {
  adapter: typeof defaultTreeAdapter;
  /** Elements deeper than this are left out; their text stays. */
  maxDepth: number;
}

/** Parses XML into the document; returns whether anything was too deep. Throws where the text is not well-formed. */
export function parseXml(text: string, document: Document, { adapter, maxDepth }: XmlOptions): boolean {
  const parser = new SaxesParser({ position: false });
  parser.ENTITIES = namedCharacters;
  const open: ParentNode[] = [document];
  let skipped = 0;
  let isDeep = false;
  const current = (): ParentNode => open.at(-1) ?? document;
  const write = (value: string) => {
    if (open.length > 1) adapter.insertText(current(), value);
  };
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (skipped > 0 || open.length > maxDepth) {
      isDeep = true;
      skipped++;
      return;
    }
    const attrs = Object.entries(attributes).map(([key, value]) => ({ name: key, value }));
    const parent = current();
    // The parser's own namespace look-up would walk along all open elements for each one. A document without a declared
    // namespace is XHTML by its media type.
    const inherited = "namespaceURI" in parent ? parent.namespaceURI : html.NS.HTML;
    const namespace = (attributes.xmlns as html.NS | undefined) ?? inherited;
    const element = adapter.createElement(name.slice(name.indexOf(":") + 1), namespace, attrs);
    adapter.appendChild(parent, element);
    open.push(element);
  });
  parser.on("closetag", () => {
    if (skipped > 0) skipped--;
    else open.pop();
  });
  parser.on("text", write);
  parser.on("cdata", write);
  parser.write(text).close();
  return isDeep;
}
