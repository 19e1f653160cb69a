// XHTML as XML: self-closing elements, CDATA sections, the named characters that its DTDs define.
import { decodeHTMLStrict } from "entities";
import { type DefaultTreeAdapterTypes, type defaultTreeAdapter, html } from "parse5";
import { SaxesParser } from "saxes";

type Document = DefaultTreeAdapterTypes.Document;
type ParentNode = DefaultTreeAdapterTypes.ParentNode;

/** XHTML's DTDs aren't loaded; the names that they define are HTML's. */
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
  /** Elements below this many others are left out; their text stays. */
  maxDepth: number;
}

/** Reads XML into the document; whether anything lay too deep. Throws where it is not well-formed. */
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
    // By the parser's own look-up, each element would walk along all the open ones. A document that declares no
    // namespace means XHTML all the same: its media type says so.
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
