// docs/dashboards.md: every dashboard, what its panels show and what they ask.
import { dashboards } from "../../components/observability/dashboards/index.ts";
import { cell, code, table } from "./markdown.ts";

/** A panel as far as the page tells of it. */
interface Panel {
  type: string;
  title?: string;
  description?: string;
  targets?: { expr?: string }[];
}

/** The page. */
export function dashboardsPage(): string {
  const sections = dashboards.map(({ title = "", uid = "", description = "", panels = [] }) => {
    const rows = (panels as Panel[])
      .filter(({ type }) => type !== "row")
      .map((panel) => [
        cell(panel.title ?? ""),
        cell(panel.description ?? ""),
        (panel.targets ?? []).map(({ expr = "" }) => code(expr)).join("<br>"),
      ]);
    return `## ${title}\n\n${description} Its id is \`${uid}\`.\n\n${table(["panel", "shows", "asks"], rows)}`;
  });
  return `# Dashboards

Generated from \`components/observability/dashboards\` by \`npm run docs\`: change those, not this page.

For Grafana 10 and newer; the reader chooses which Prometheus a dashboard asks. With \`telemetry.mode: operator\` each is a ConfigMap in
\`agentic-system\` with the label \`grafana_dashboard: "1"\`, by which the sidecar of Grafana's chart finds it where it searches all namespaces;
\`make render\` writes them as files to \`out/render/dashboards\`. The queries are those of any Prometheus that scrapes the platform, Google's managed one too.

${sections.join("\n")}`;
}
