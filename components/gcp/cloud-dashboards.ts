// The platform's dashboards in Cloud Monitoring: the same panels with the same queries, in Google's form.
import { Dashboard } from "@pulumi/gcp/monitoring/dashboard.js";
import * as pulumi from "@pulumi/pulumi";
import { dashboards } from "../observability/dashboards/index.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

/** What is read of a panel as Grafana has it. */
interface Panel {
  type: string;
  title?: string;
  gridPos?: { x: number; y: number; w: number; h: number };
  fieldConfig?: { defaults: { unit?: string } };
  targets?: { expr?: string; legendFormat?: string }[];
}

/** Grafana's units as Google writes them (UCUM). */
const units: Readonly<Record<string, string>> = { short: "1", s: "s", bytes: "By", ops: "1/s", percentunit: "10^2.%" };

/** Google's columns for one of Grafana's. */
const SCALE = 2;

/** Dashboards beside the alerts, on managed Prometheus' metrics. */
export class CloudDashboards extends pulumi.ComponentResource {
  constructor(name: string, args: GcpScope, options?: pulumi.ComponentResourceOptions) {
    checkScope(args);
    super("agentic:gcp:CloudDashboards", name, {}, options);
    for (const { uid = "", title = "", panels = [] } of dashboards)
      new Dashboard(
        `${name}-${uid}`,
        {
          project: args.project,
          dashboardJson: JSON.stringify({
            displayName: `${args.name}: ${title}`,
            labels: gcpLabels(args),
            mosaicLayout: { columns: 24 * SCALE, tiles: (panels as Panel[]).map(tile) },
          }),
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}

function tile(panel: Panel): object {
  const { x, y, w, h } = panel.gridPos ?? { x: 0, y: 0, w: 24, h: 1 };
  const place = { xPos: x * SCALE, yPos: y * SCALE, width: w * SCALE, height: h * SCALE };
  return { ...place, widget: { title: panel.title, ...chart(panel) } };
}

function chart({ type, fieldConfig, targets = [] }: Panel): object {
  if (type === "row") return { sectionHeader: { dividerBelow: true } };
  const unitOverride = units[fieldConfig?.defaults.unit ?? ""] ?? "1";
  const queries = targets.map(({ expr = "", legendFormat = "" }) => ({
    timeSeriesQuery: { prometheusQuery: filled(expr), unitOverride },
    // Lines with labels are named by these.
    ...(legendFormat.includes("{{") ? {} : { legendTemplate: legendFormat }),
  }));
  if (type === "stat") return { scorecard: { timeSeriesQuery: queries[0]?.timeSeriesQuery } };
  return { xyChart: { dataSets: queries.map((query) => ({ ...query, plotType: "LINE" })) } };
}

/** A query without what only Grafana fills in: its windows, and what the reader has chosen, which is everything here. */
function filled(query: string): string {
  return query.replaceAll("$__rate_interval", "5m").replaceAll("$__range", "1d").replaceAll(/\$\w+/g, ".*");
}
