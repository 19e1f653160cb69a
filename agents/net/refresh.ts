// Pages that send their reader on by themselves: by a Refresh header, or a meta element in the head.
import { scanTags } from "./tags.ts";

/** Seconds; a page that sends on later is one to be read first. */
const SOON = 5;

/** UTF-16 units of a page in which the element is looked for. */
const MAX_HEAD = 64 * 1024;

/** Bytes that are enough for it: no encoding of the web takes more than four for a unit. */
export const REFRESH_BYTES = 4 * MAX_HEAD;

/** Where a refresh leads soon; none for a page that loads itself anew. (HTML Standard, "shared declarative refresh steps".) */
export function refreshTarget(text: string): string | undefined {
  const match = /^\s*(\d+|(?=\.))[\d.]*(?:\s*[;,]|\s)\s*(?:url\s*=\s*)?(.*)$/is.exec(text);
  if (!match || Number(match[1]) > SOON) return undefined;
  const rest = match[2] ?? "";
  const quote = /^["']/.exec(rest)?.[0];
  const target = quote ? rest.slice(1).split(quote)[0] : rest;
  return target?.trim() || undefined;
}

/** The target of a page's own refresh. */
export function metaRefresh(page: string): string | undefined {
  let target: string | undefined;
  if (!/http-equiv/i.test(page)) return undefined;
  scanTags(page.slice(0, MAX_HEAD), {
    onStartTag: ({ tagName, attrs }, stop) => {
      const attributeOf = (attributeName: string) => attrs.find(({ name }) => name === attributeName)?.value ?? "";
      if (tagName === "meta" && attributeOf("http-equiv").toLowerCase() === "refresh")
        target ??= refreshTarget(attributeOf("content"));
      if (tagName === "body" || target !== undefined) stop();
    },
  });
  return target;
}
