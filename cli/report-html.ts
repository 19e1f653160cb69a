// A report as one page of HTML that runs nothing and loads nothing, with its pictures in it, to be sent or kept.
import { clean, escapeHtml } from "@agentic/api/text.ts";
import { Marked } from "marked";

/** Types of pictures that are embedded: an SVG would be a document. */
export const PICTURE_TYPE = /^image\/(png|jpeg|gif|webp)$/;

/** Pictures of the run itself, by their `s3://` address and by their artifact's name: `data:` URLs. */
export type Pictures = ReadonlyMap<string, string>;

/**
 * What strangers have written is shown: their HTML as text, of their addresses those of the web alone, and no picture but the run's own. A
 * report names screenshots by their address, as code: the picture stands below it.
 */
const markedWith = (pictures: Pictures): Marked =>
  new Marked({
    gfm: true,
    renderer: {
      html: ({ text }) => escapeHtml(text),
      image: ({ text, href }) =>
        pictureOf(pictures, href, text) ?? escapeHtml(text ? `[picture: ${text}]` : "[picture]"),
      codespan: ({ text }) => `<code>${escapeHtml(text)}</code>${pictureOf(pictures, text, "Screenshot") ?? ""}`,
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens);
        const isWeb = /^https?:$/.test(URL.parse(href)?.protocol ?? "");
        return isWeb ? `<a href="${escapeHtml(href)}" rel="noopener noreferrer nofollow">${words}</a>` : words;
      },
    },
  });

function pictureOf(pictures: Pictures, target: string, words: string): string | undefined {
  const url = pictures.get(target);
  return url && `<img src="${escapeHtml(url)}" alt="${escapeHtml(words)}">`;
}

const STYLE =
  "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}" +
  "table{border-collapse:collapse}td,th{border:1px solid;padding:.25rem .5rem;text-align:left}pre{overflow:auto}img{display:block;max-width:100%;margin:.5rem 0;border:1px solid}";

/** The page of this report. */
export function htmlPage(title: string, markdown: string, pictures: Pictures = new Map()): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(clean(title))}</title>
<style>${STYLE}</style>
</head>
<body>
${markedWith(pictures).parse(clean(markdown), { async: false })}</body>
</html>
`;
}
