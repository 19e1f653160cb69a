// A page's layout as the browser has it: each node with its styles, its place and the order in which it is painted.
import type { CDPSession, Page } from "playwright-core";
import type { Rect } from "./png.ts";

/** Nodes of a page that are compared; five times those of large real pages. */
const MAX_NODES = 50_000;

/** Characters of a page's source as the browser has it, which scripts can make as large as they like. */
const MAX_SOURCE = 10_000_000;

/** Computed styles that decide whether a text is seen. */
export const STYLES = [
  "display",
  "visibility",
  "opacity",
  "-webkit-text-fill-color",
  "-webkit-text-security",
  "font-size",
  "position",
  "overflow-x",
  "overflow-y",
  "contain",
  "clip",
  "clip-path",
  "filter",
  "mask-image",
  "mix-blend-mode",
  "transform",
  "background-color",
  "background-image",
] as const;
export type StyleName = (typeof STYLES)[number];

/** A line of a text, or a part of it. */
export interface TextBox {
  rect: Rect;
  text: string;
}

/** How a node is drawn. */
export interface Layout {
  style(name: StyleName): string;
  rect: Rect;
  /** What is painted together has the same number; more is above less. */
  order: number;
  boxes: TextBox[];
}

/** A node of the page, after its parent in {@link snapshot}'s list. */
export interface SnapshotNode {
  /** Place of the parent in the list, -1 for the document. */
  parent: number;
  isText: boolean;
  /** An element's tag in lower case, empty for everything else. */
  name: string;
  /** A text's text. */
  value: string;
  /** Undefined where it is not drawn. */
  layout?: Layout;
}

const ELEMENT_NODE = 1;
const TEXT_NODE = 3;

/** The nodes of the tab's page in document order. Throws an error for a page that is too large to compare. */
export async function snapshot(tab: Page): Promise<SnapshotNode[]> {
  const session = await tab.context().newCDPSession(tab);
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  const count = metrics.find(({ name }) => name === "Nodes")?.value ?? 0;
  if (count > MAX_NODES) throw new Error(`it has ${count} nodes, and at most ${MAX_NODES} are compared`);
  // A call of its own, because a snapshot has no limit, and this process no room for every one.
  const { result } = await session.send("Runtime.evaluate", {
    expression: "document.documentElement.outerHTML.length",
    returnByValue: true,
  });
  if (!(Number(result.value) <= MAX_SOURCE))
    throw new Error(`its source is longer than the ${MAX_SOURCE} characters of one that is compared`);
  const { documents, strings } = await capture(session);
  const [document] = documents;
  return document ? nodesOf(document, strings) : [];
}

const capture = (session: CDPSession) =>
  session.send("DOMSnapshot.captureSnapshot", { computedStyles: [...STYLES], includePaintOrder: true });

type DocumentSnapshot = Awaited<ReturnType<typeof capture>>["documents"][number];

function nodesOf(document: DocumentSnapshot, strings: readonly string[]): SnapshotNode[] {
  const { nodes, layout, textBoxes } = document;
  const text = (index: number | undefined) => (index === undefined ? "" : (strings[index] ?? ""));
  const all = (nodes.nodeType ?? []).map((type, n): SnapshotNode => {
    const isText = type === TEXT_NODE;
    return {
      parent: nodes.parentIndex?.[n] ?? -1,
      isText,
      name: type === ELEMENT_NODE ? text(nodes.nodeName?.[n]).toLowerCase() : "",
      value: isText ? text(nodes.nodeValue?.[n]) : "",
    };
  });
  const layouts = layout.nodeIndex.map((n, i): Layout => {
    const styles = layout.styles[i] ?? [];
    const nodeLayout: Layout = {
      style: (name) => text(styles[STYLES.indexOf(name)]),
      rect: rectOf(layout.bounds[i]),
      order: layout.paintOrders?.[i] ?? 0,
      boxes: [],
    };
    const node = all[n];
    // The document has a place, but no styles.
    if (node && (node.name || node.isText)) node.layout ??= nodeLayout;
    return nodeLayout;
  });
  for (const [i, of] of textBoxes.layoutIndex.entries()) {
    const start = textBoxes.start[i] ?? 0;
    const part = text(layout.text[of]).slice(start, start + (textBoxes.length[i] ?? 0));
    layouts[of]?.boxes.push({ rect: rectOf(textBoxes.bounds[i]), text: part });
  }
  return all;
}

function rectOf([x = 0, y = 0, width = 0, height = 0]: readonly number[] = []): Rect {
  return { left: x, top: y, right: x + width, bottom: y + height };
}
