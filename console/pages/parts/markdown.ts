// Markdown of strangers as HTML that only shows: no script, no form, no style, and no picture or frame from elsewhere.
import DOMPurify from "dompurify";
import { Marked } from "marked";

const marked = new Marked({ gfm: true });

const TAGS = [
  ...[
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "br",
    "hr",
    "blockquote",
    "ul",
    "ol",
    "li",
    "pre",
    "code",
    "em",
    "strong",
  ],
  ...["del", "table", "thead", "tbody", "tr", "th", "td", "a", "img"],
];

/** Where a picture or a link may lead: an artifact's address for its name or `s3://` URI, or undefined. */
export type Resolve = (target: string) => string | undefined;

/** Elements of the Markdown. Links to other sites open beside the page, without telling it; pictures are the run's own or none. */
export function renderMarkdown(text: string, resolve: Resolve): DocumentFragment {
  const html = marked.parse(text, { async: false });
  const content = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "src", "alt", "title", "start", "align"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    // A name alone is an artifact's, or is taken away below.
    ALLOWED_URI_REGEXP: /^(?:(?:https?|s3):|[\w.-]+$)/i,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of content.querySelectorAll("a")) mendLink(link, resolve);
  for (const picture of content.querySelectorAll("img")) mendPicture(picture, resolve);
  for (const code of content.querySelectorAll("code")) linkEvidence(code, resolve);
  return content;
}

function mendLink(link: HTMLAnchorElement, resolve: Resolve): void {
  const target = link.getAttribute("href") ?? "";
  const own = resolve(target);
  if (own) link.href = own;
  else if (!/^https?:/i.test(target)) {
    link.removeAttribute("href");
    return;
  }
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
}

/** A picture that isn't the run's own becomes its words: loading it would tell another site who reads here. */
function mendPicture(picture: HTMLImageElement, resolve: Resolve): void {
  const own = resolve(picture.getAttribute("src") ?? "");
  if (own) {
    picture.src = own;
    picture.loading = "lazy";
  } else picture.replaceWith(picture.alt ? `[picture: ${picture.alt}]` : "[picture]");
}

/** Reports name screenshots by their address, as code: what the run itself wrote is shown under it. */
function linkEvidence(code: HTMLElement, resolve: Resolve): void {
  const own = resolve(code.textContent ?? "");
  if (!own) return;
  const link = document.createElement("a");
  link.href = own;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  code.replaceWith(link);
  link.append(code);
  if (!/\.png$/.test(code.textContent ?? "")) return;
  const picture = document.createElement("img");
  picture.src = own;
  picture.alt = "Screenshot";
  picture.loading = "lazy";
  link.append(picture);
}
