// Leaves of a page's source only the texts that people see, and counts the words that they don't.
import { cut } from "@agentic/api/text.ts";
import { squeeze } from "../core/readable.ts";
import { isHidden, withoutText } from "./rendered.ts";
import { type Document, type TextNode, walk } from "./tree.ts";
import type { ShownTexts } from "./visible.ts";

/** Texts of a page's source that the browser doesn't show. */
export interface Hidden {
  words: number;
  /** The beginning of the first of them. */
  sample: string;
}

/** Characters of a sample. */
const MAX_SAMPLE = 80;

/** Words of any language, and numbers. */
export const wordsIn = (text: string): number => text.match(/[\p{L}\p{N}][\p{L}\p{N}'’.,-]*/gu)?.length ?? 0;

/** Takes out of the document what is not shown. What the source itself hides is left out elsewhere, and not counted here. */
export function keepShown(document: Document, texts: ShownTexts): Hidden {
  const hidden: Hidden = { words: 0, sample: "" };
  const found = textsOf(document);
  const occurrences = Map.groupBy(found, ({ text }) => text);
  const inBrowser = Map.groupBy(texts, ([text]) => text);
  for (const [text, places] of occurrences) {
    const shown = inBrowser.get(text) ?? [];
    // Where a script has added or removed the same text, which is which is unknown: one that is hidden counts for all.
    const worst = shown.map(([, part]) => part).toSorted((a, b) => rank(a) - rank(b))[0] ?? 0;
    for (const [nth, { node, isCounted }] of places.entries()) {
      const part = shown.length === places.length ? (shown[nth]?.[1] ?? 0) : worst;
      if (part === 1) continue;
      const visible = part === 0 ? "" : ` ${part} `;
      node.value = visible;
      if (!isCounted) continue;
      hidden.words += Math.max(wordsIn(text) - wordsIn(visible), 0);
      hidden.sample ||= cut(text, MAX_SAMPLE, "…");
    }
  }
  return hidden;
}

const rank = (part: 0 | 1 | string): number => (typeof part === "string" ? 0.5 : part);

interface Found {
  text: string;
  node: TextNode;
  /** Whether it would be read if it were shown. */
  isCounted: boolean;
}

/** The texts as the browser gives them: those of elements without text are left out. */
function textsOf(document: Document): Found[] {
  const found: Found[] = [];
  let hiddenDepth = 0;
  walk(document, {
    enter: (element) => {
      if (withoutText.has(element.tagName)) return false;
      if (isHidden(element)) hiddenDepth++;
      return true;
    },
    leave: (element) => {
      if (isHidden(element)) hiddenDepth--;
    },
    text: (value, node) => {
      const text = squeeze(value);
      if (text) found.push({ text, node, isCounted: hiddenDepth === 0 });
    },
  });
  return found;
}
