// The platform's dashboards in Cloud Monitoring: the same panels with the same queries, in Google's form.
import { Dashboard } from "@pulumi/gcp/monitoring/dashboard.js";
import * as pulumi from "@pulumi/pulumi";
import { dashboards } from "../observability/dashboards/index.ts";
import { filled, type Panel, panelsOf } from "../observability/dashboards/panels.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

/** Grafana's units as Google writes them (UCUM). */
const units: Readonly<Record<string, string>> = { short: "1", s: "s", bytes: "By", ops: "1/s", percentunit: "10^2.%" };

/** Google's columns for one of Grafana's. */
const SCALE = 2;

/** Dashboards beside the alerts, on managed Prometheus' metrics. */
export class CloudDashboards extends pulumi.ComponentResource {
  constructor(name: string, args: GcpScope, options?: pulumi.ComponentResourceOptions) {
    checkScope(args);
    super("agentic:gcp:CloudDashboards", name, {}, options);
    for (const dashboard of dashboards) {
      const { uid = "", title = "" } = dashboard;
      new Dashboard(
        `${name}-${uid}`,
        {
          project: args.project,
          dashboardJson: JSON.stringify({
            displayName: `${args.name}: ${title}`,
            labels: gcpLabels(args),
            mosaicLayout: { columns: 24 * SCALE, tiles: panelsOf(dashboard).map(tile) },
          }),
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}

function tile(panel: Panel): object {
  const { x, y, w, h } = panel.place;
  const place = { xPos: x * SCALE, yPos: y * SCALE, width: w * SCALE, height: h * SCALE };
  return { ...place, widget: { title: panel.title, ...chart(panel) } };
}

function chart({ kind, unit, queries }: Panel): object {
  if (kind === "row") return { sectionHeader: { dividerBelow: true } };
  const unitOverride = units[unit] ?? "1";
  const dataSets = queries.map(({ expr, legend }) => ({
    timeSeriesQuery: { prometheusQuery: filled(expr, { interval: "5m", range: "1d" }), unitOverride },
    // Lines with labels are named by these.
    ...(legend.includes("{{") ? {} : { legendTemplate: legend }),
  }));
  if (kind === "stat") return { scorecard: { timeSeriesQuery: dataSets[0]?.timeSeriesQuery } };
  return { xyChart: { dataSets: dataSets.map((dataSet) => ({ ...dataSet, plotType: "LINE" })) } };
}
