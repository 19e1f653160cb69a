// docs/dashboards.md: every dashboard, what its panels show and what they ask.
import { dashboards } from "../../components/observability/dashboards/index.ts";
import { panelsOf } from "../../components/observability/dashboards/panels.ts";
import { cell, code, table } from "./markdown.ts";

/** The page. */
export function dashboardsPage(): string {
  const sections = dashboards.map((dashboard) => {
    const { title = "", uid = "", description = "" } = dashboard;
    const rows = panelsOf(dashboard)
      .filter(({ kind }) => kind !== "row")
      .map((panel) => [
        cell(panel.title),
        cell(panel.description),
        panel.queries.map(({ expr }) => code(expr)).join("<br>"),
      ]);
    return `## ${title}\n\n${description} Its id is \`${uid}\`.\n\n${table(["panel", "shows", "asks"], rows)}`;
  });
  return `# Dashboards

Generated from \`components/observability/dashboards\` by \`npm run docs\`: change those, not this page.

For Grafana 10 and newer; the reader chooses which Prometheus a dashboard asks. With \`telemetry.mode\` \`builtin\` and
\`operator\` each is a ConfigMap in \`agentic-system\` with the label \`grafana_dashboard: "1"\`, by which the sidecar of Grafana's chart finds
it where it searches all namespaces; on GKE each is a dashboard of Cloud Monitoring, too; \`make render\` writes them as files to
\`out/render/dashboards\`. Without a Grafana, \`make dashboards\` writes what an embedded instance's Prometheus has for them as one page. The queries are those of any Prometheus that scrapes the platform, Google's managed one too.

${sections.join("\n")}`;
}
