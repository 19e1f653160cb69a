// The structure of a page: headings, links, images, forms, tables, landmarks, meta elements and JSON-LD.
import { clean, cut } from "@agentic/api/text.ts";
import type { PageStructure, Table } from "../core/documents.ts";
import { readable, squeeze } from "../core/readable.ts";
import { HTML, XHTML } from "../net/mime.ts";
import { boundedJson, type JsonBudget } from "./bounded-json.ts";
import { fieldsOf, labelsOf } from "./form.ts";
import { isJsonLd, parseJsonLd } from "./json-ld.ts";
import { landmarkOf, landmarkTags, nameOf } from "./landmark.ts";
import { isHidden, lineOf } from "./rendered.ts";
import { keepShown } from "./shown.ts";
import { cellsOf, grid, rowGroups } from "./table.ts";
import type { PageSource } from "./text.ts";
import { attribute, type Document, type Element, isElement, parsePage, sourceText, walk } from "./tree.ts";

/** Items of each list: enough for real pages, and a limit for a page of a million links. */
const MAX_ITEMS = 500;
const MAX_TEXT = 500;
const MAX_URL = 2_048;
/** UTF-16 units of a page's structure as JSON. */
const MAX_CHARACTERS = 600_000;
/** How many scripts that are not valid JSON are named as problems, and how many UTF-16 units of each are shown. */
const MAX_NAMED = 5;
const MAX_BEGINNING = 40;
/** Values in all JSON-LD blocks of a page. */
const MAX_VALUES = 5_000;

/** The list that an element belongs to, by tag. */
const lists: Record<string, "headings" | "links" | "images" | "forms" | "tables" | "metas"> = {
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((level) => [`h${level}`, "headings" as const])),
  a: "links",
  img: "images",
  form: "forms",
  table: "tables",
  meta: "metas",
};

/** Reads a page's structure without running its scripts or loading anything. Plain text and JSON have none. */
export function pageStructure({ n, url, html, contentType = HTML, shown }: PageSource & { n: number }): PageStructure {
  const { document, notes } = parsePage(html, contentType);
  if (shown) keepShown(document, shown);
  const found = findElements(document);
  const base = baseOf(found.base, url);
  const problems = contentType === HTML || contentType === XHTML ? shortcomings(found) : [];
  const list = new Lists();
  const structure = {
    n,
    url,
    title: found.title ? short(readable(sourceText(found.title))) : "",
    lang: short(found.lang),
    meta: Object.fromEntries(list.of(found.metas, metaOf)),
    headings: list.of(found.headings, (heading) => ({
      level: Number(heading.tagName[1]),
      text: lineOf(heading, MAX_TEXT),
    })),
    links: list.of(found.links, (link) => linkOf(link, base, url)),
    images: list.of(found.images, (image) => ({
      src: address(attribute(image, "src") ?? "", base),
      alt: short(attribute(image, "alt") ?? ""),
    })),
    forms: formsOf(document, found, list, base),
    landmarks: list.of(found.landmarks, (landmark) => {
      const role = landmarkOf(landmark, found.ids);
      return role && { role, label: nameOf(landmark, found.ids) };
    }),
    tables: list.of(found.tables, (table) => tableOf(table, list)),
    jsonLd: jsonLdOf(found.jsonLd, list, problems),
  };
  if (list.isCut) problems.push("the page is larger than the limits on its structure: some of it was left out");
  return { ...structure, problems: [...problems, ...notes] };
}

/** Builds lists within the limits of size, and records whether anything was left out. */
class Lists {
  isCut = false;
  #left = MAX_CHARACTERS;

  /** The results of `make` for the elements, without empty ones. */
  of<T>(elements: readonly Element[], make: (element: Element) => T | "" | undefined): T[] {
    const items: T[] = [];
    for (const element of elements) {
      if (items.length >= MAX_ITEMS || !this.hasRoom()) {
        this.isCut = true;
        break;
      }
      const item = make(element);
      if (!item) continue;
      this.take(item);
      items.push(item);
    }
    return items;
  }

  hasRoom(): boolean {
    return this.#left > 0;
  }

  take(value: unknown): void {
    this.#left -= JSON.stringify(value).length;
  }
}

interface Found
  extends Record<"headings" | "links" | "images" | "forms" | "tables" | "metas" | "landmarks", Element[]> {
  jsonLd: Element[];
  ids: Map<string, Element>;
  title?: Element;
  lang: string;
  /** The first `<base href>`. */
  base?: string;
}

/** Walks the whole tree once. Hidden elements are not listed, but their ids are, because they may label visible ones. */
function findElements(document: Document): Found {
  const root = document.childNodes.find(isElement);
  const found: Found = {
    headings: [],
    links: [],
    images: [],
    forms: [],
    tables: [],
    metas: [],
    landmarks: [],
    jsonLd: [],
    ids: new Map(),
    lang: (root && attribute(root, "lang")) ?? "",
  };
  let hidden = 0;
  walk(document, {
    enter: (element) => {
      const { tagName } = element;
      // Titles and links inside an SVG belong to the picture.
      if (tagName === "svg") return false;
      if (isHidden(element)) hidden++;
      const id = attribute(element, "id");
      if (id && !found.ids.has(id)) found.ids.set(id, element);
      if (tagName === "title") found.title ??= element;
      else if (tagName === "base") {
        const href = attribute(element, "href");
        if (href !== undefined) found.base ??= href;
      } else if (tagName === "script" && isJsonLd(attribute(element, "type"))) found.jsonLd.push(element);
      if (hidden > 0) return true;
      const name = lists[tagName];
      if (name && (tagName !== "a" || attribute(element, "href") !== undefined)) found[name].push(element);
      if (landmarkTags.has(tagName) || attribute(element, "role") !== undefined) found.landmarks.push(element);
      return true;
    },
    leave: (element) => {
      if (isHidden(element)) hidden--;
    },
  });
  return found;
}

const short = (text: string): string => cut(squeeze(clean(text)), MAX_TEXT);

/** The base of relative URLs: the page's `<base href>` if it is http(s), else its URL. */
function baseOf(href: string | undefined, url: string): string {
  const base = href === undefined ? null : URL.parse(href, url);
  return base && /^https?:$/.test(base.protocol) ? base.href : url;
}

/** The absolute URL; a text that is not a valid URL stays as it is, an empty one stays empty. */
function address(text: string, base: string): string {
  if (text === "") return "";
  return cut(clean(URL.parse(text, base)?.href ?? text), MAX_URL);
}

function metaOf(meta: Element): [string, string] | undefined {
  const name = attribute(meta, "name") ?? attribute(meta, "property");
  const content = attribute(meta, "content");
  return name && content !== undefined ? [short(name), short(content)] : undefined;
}

function linkOf(link: Element, base: string, url: string): PageStructure["links"][number] {
  const href = attribute(link, "href") ?? "";
  const target = URL.parse(href, base);
  return {
    href: cut(clean(target?.href ?? href), MAX_URL),
    text: lineOf(link, MAX_TEXT),
    internal: target?.host === URL.parse(url)?.host,
  };
}

function formsOf(document: Document, { forms, ids }: Found, list: Lists, base: string): PageStructure["forms"] {
  if (forms.length === 0) return [];
  const labels = labelsOf(document);
  return list.of(forms, (form) => {
    const method = attribute(form, "method")?.toLowerCase() ?? "";
    return {
      action: address(attribute(form, "action") || base, base),
      method: method === "post" || method === "dialog" ? method : "get",
      label: nameOf(form, ids),
      fields: fieldsOf(form, labels),
    };
  });
}

function tableOf(table: Element, list: Lists): Table {
  const groups = rowGroups(table);
  const [first] = groups.flat();
  const cells = first ? cellsOf(first) : [];
  const hasHeader = cells.length > 0 && cells.every(({ tagName }) => tagName === "th");
  const caption = table.childNodes.filter(isElement).find(({ tagName }) => tagName === "caption");
  const rows: string[][] = [];
  let rowsLeft = MAX_ITEMS;
  for (const group of groups) {
    for (const texts of grid(group.slice(0, rowsLeft), MAX_TEXT)) {
      if (!list.hasRoom()) break;
      list.take(texts);
      rows.push(texts);
    }
    rowsLeft -= group.length;
    if (rowsLeft <= 0 || !list.hasRoom()) break;
  }
  list.isCut ||= rows.length < groups.flat().length;
  return {
    caption: caption ? lineOf(caption, MAX_TEXT) : "",
    header: hasHeader ? (rows[0] ?? []) : [],
    rows: rows.slice(hasHeader ? 1 : 0),
  };
}

/** The page's JSON-LD blocks; one that is not valid JSON is left out. */
function jsonLdOf(scripts: readonly Element[], list: Lists, problems: string[]): unknown[] {
  const budget: JsonBudget = { values: MAX_VALUES };
  let isCut = false;
  const broken: string[] = [];
  const values = list.of(scripts, (script): { value: unknown } | undefined => {
    const source = sourceText(script);
    try {
      const bounded = boundedJson(parseJsonLd(source), budget);
      isCut ||= bounded.isCut;
      return { value: bounded.value };
    } catch {
      const beginning = cut(squeeze(clean(source.slice(0, 1_000))), MAX_BEGINNING, "…");
      broken.push(`script ${scripts.indexOf(script) + 1} of ${scripts.length} (${beginning || "empty"})`);
      return undefined;
    }
  });
  if (broken.length > 0) problems.push(`JSON-LD is not valid JSON: ${broken.slice(0, MAX_NAMED).join(", ")}`);
  if (isCut) problems.push("JSON-LD exceeds the limits of depth or length: some of it was left out");
  return values.map(({ value }) => value);
}

/** Defects of the page that affect its readers. */
function shortcomings({ images, lang, headings }: Found): string[] {
  const problems: string[] = [];
  const withoutAlt = images.filter((image) => attribute(image, "alt") === undefined).length;
  if (withoutAlt > 0) problems.push(`${withoutAlt} image${withoutAlt > 1 ? "s have" : " has"} no alternative text`);
  if (!lang) problems.push("the page names no language");
  if (!headings.some(({ tagName }) => tagName === "h1")) problems.push("the page has no h1");
  return problems;
}
