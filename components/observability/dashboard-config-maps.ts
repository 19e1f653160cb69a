// The dashboards in the cluster: a ConfigMap each, which the sidecar of Grafana's chart finds by its label.
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "../security/labels.ts";
import { dashboards } from "./dashboards/index.ts";

export interface DashboardsArgs {
  namespace: pulumi.Input<string>;
}

/** The label and value by which the sidecar knows a dashboard, unless its own settings say otherwise. */
export const dashboardLabel = { grafana_dashboard: "1" } as const;

/** Needs no Grafana: whoever has one in the cluster, in whatever namespace, sees them there. */
export class Dashboards extends pulumi.ComponentResource {
  constructor(name: string, { namespace }: DashboardsArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:observability:Dashboards", name, {}, options);
    for (const dashboard of dashboards) {
      const { uid = "" } = dashboard;
      new ConfigMap(
        `${name}-${uid}`,
        {
          metadata: { name: `dashboard-${uid}`, namespace, labels: { ...labels("dashboards"), ...dashboardLabel } },
          data: { [`${uid}.json`]: `${JSON.stringify(dashboard, undefined, 1)}\n` },
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
