// A report as one page of HTML that runs nothing and loads nothing, to be sent or kept.
import { clean, escapeHtml } from "@agentic/api/text.ts";
import { Marked } from "marked";

/** What strangers have written is shown: their HTML as text, of their addresses those of the web alone, and no picture of another site. */
const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text }) => escapeHtml(text),
    image: ({ text }) => escapeHtml(text ? `[picture: ${text}]` : "[picture]"),
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens);
      const isWeb = /^https?:$/.test(URL.parse(href)?.protocol ?? "");
      return isWeb ? `<a href="${escapeHtml(href)}" rel="noopener noreferrer nofollow">${words}</a>` : words;
    },
  },
});

const STYLE =
  "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}" +
  "table{border-collapse:collapse}td,th{border:1px solid;padding:.25rem .5rem;text-align:left}pre{overflow:auto}";

/** The page of this report. */
export function htmlPage(title: string, markdown: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(clean(title))}</title>
<style>${STYLE}</style>
</head>
<body>
${marked.parse(clean(markdown), { async: false })}</body>
</html>
`;
}
