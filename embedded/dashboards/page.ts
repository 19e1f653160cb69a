// The dashboards as one file that a browser shows without a server: what Prometheus had when it was written is in it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { rolldown } from "rolldown";
import type { Shown } from "./prometheus.ts";

/** The page, for these dashboards, at this time. Its policy lets nothing run or load but what is in it. */
export async function dashboardsPage(shown: readonly Shown[], at: Date): Promise<string> {
  const script = await drawingScript();
  const uplot = createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css");
  const style = `${readFileSync(uplot, "utf8")}\n${readFileSync(join(import.meta.dirname, "browser", "page.css"), "utf8")}`;
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  // Names in it are tenants' own: none may end the element.
  const data = JSON.stringify({ shown, at: at.toISOString() }).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dashboards of the agentic-workflow platform</title>
<style>${style}</style>
</head>
<body>
<script type="application/json" id="data">${data}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The script that draws, with the chart library in it. */
async function drawingScript(): Promise<string> {
  await using build = await rolldown({ input: join(import.meta.dirname, "browser", "draw.ts"), platform: "browser" });
  const { output } = await build.generate({ format: "esm", minify: true });
  return output[0].code.replaceAll("</script", "<\\/script");
}
