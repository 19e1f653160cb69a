// A page's structure, read from a real DOM: headings, links, images, forms, tables, landmarks, meta, JSON-LD.
import { JSDOM, VirtualConsole } from "jsdom";
import type { PageStructure, Table } from "../core/documents.ts";

/** Enough for any page that people read; a page of a million links must not fill the store. */
const MAX_ITEMS = 500;
const MAX_TEXT = 500;

const text = (node: Element | null | undefined): string =>
  (node?.textContent ?? "").replace(/\s+/g, " ").trim().slice(0, MAX_TEXT);

/** Landmark roles of HTML elements, by the ARIA in HTML recommendation. */
const landmarkTags: Record<string, string> = {
  main: "main",
  nav: "navigation",
  aside: "complementary",
  search: "search",
};
const landmarkRoles = new Set([
  "banner",
  "complementary",
  "contentinfo",
  "form",
  "main",
  "navigation",
  "region",
  "search",
]);
const sectioning = "article,aside,main,nav,section";

/** Parses a page without running its scripts or loading anything. */
export function pageStructure(n: number, url: string, html: string): PageStructure {
  const dom = new JSDOM(html, { url, virtualConsole: new VirtualConsole() });
  try {
    const { document } = dom.window;
    const all = (selector: string) => [...document.querySelectorAll(selector)].slice(0, MAX_ITEMS);
    const problems: string[] = [];
    const images = all("img").map((image) => ({
      src: (image as HTMLImageElement).src.slice(0, 2048),
      alt: image.getAttribute("alt") ?? "",
    }));
    const silent = all("img:not([alt])").length;
    if (silent > 0) problems.push(`${silent} image${silent > 1 ? "s have" : " has"} no alternative text`);
    if (!document.documentElement.lang) problems.push("the page names no language");
    const headings = all("h1,h2,h3,h4,h5,h6").map((one) => ({ level: Number(one.tagName[1]), text: text(one) }));
    if (!headings.some(({ level }) => level === 1)) problems.push("the page has no h1");
    return {
      n,
      url,
      title: document.title,
      lang: document.documentElement.lang,
      meta: Object.fromEntries(
        all("meta[content]").flatMap((one) => {
          const name = one.getAttribute("name") ?? one.getAttribute("property");
          return name ? [[name, (one.getAttribute("content") ?? "").slice(0, MAX_TEXT)]] : [];
        }),
      ),
      headings,
      links: all("a[href]").map((one) => {
        const { href, host } = one as HTMLAnchorElement;
        return { href: href.slice(0, 2048), text: text(one), internal: host === dom.window.location.host };
      }),
      images,
      forms: all("form").map((one) => formOf(one as HTMLFormElement)),
      tables: all("table").map((one) => tableOf(one as HTMLTableElement)),
      landmarks: all("main,nav,aside,search,header,footer,form,section,[role]").flatMap((one) => {
        const role = landmarkOf(one);
        return role ? [{ role, label: nameOf(one) }] : [];
      }),
      jsonLd: all('script[type="application/ld+json"]').flatMap((one) => {
        try {
          return [JSON.parse(one.textContent ?? "") as unknown];
        } catch {
          problems.push("JSON-LD that is no JSON");
          return [];
        }
      }),
      problems,
    };
  } finally {
    dom.window.close();
  }
}

/** The accessible name that an author gave. */
function nameOf(element: Element): string {
  const by = element.getAttribute("aria-labelledby");
  return (element.getAttribute("aria-label") ?? text(by ? element.ownerDocument.getElementById(by) : null)).trim();
}

function landmarkOf(element: Element): string | undefined {
  const role = element.getAttribute("role");
  if (role) return landmarkRoles.has(role) ? role : undefined;
  const tag = element.tagName.toLowerCase();
  if (tag === "header" || tag === "footer")
    return element.parentElement?.closest(sectioning) ? undefined : tag === "header" ? "banner" : "contentinfo";
  // Forms and sections are landmarks only with a name.
  if (tag === "form" || tag === "section") return nameOf(element) ? (tag === "form" ? "form" : "region") : undefined;
  return landmarkTags[tag];
}

function formOf(form: HTMLFormElement): PageStructure["forms"][number] {
  const fields = [...form.querySelectorAll("input,select,textarea")].slice(0, 100) as HTMLInputElement[];
  return {
    action: form.action.slice(0, 2048),
    method: form.method,
    label: nameOf(form),
    fields: fields
      .filter(({ type }) => type !== "hidden")
      .map((field) => ({
        name: field.name,
        type: field.type,
        required: field.required,
        label: field.getAttribute("aria-label") ?? text(field.labels?.[0]),
      })),
  };
}

function tableOf(table: HTMLTableElement): Table {
  const rows = [...table.rows].slice(0, MAX_ITEMS);
  const cells = (row: HTMLTableRowElement) => [...row.cells].slice(0, 50).map(text);
  const [first] = rows;
  const hasHeader =
    first !== undefined && [...first.cells].every((cell) => cell.tagName === "TH") && first.cells.length > 0;
  return {
    caption: text(table.caption),
    header: hasHeader ? cells(first) : [],
    rows: rows.slice(hasHeader ? 1 : 0).map(cells),
  };
}
