// What observes the platform from outside the cluster: audit logs, results, alerts; and the perimeter around the project.
import { NAMESPACES } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { Gke } from "../../components/cluster/gke/gke-cluster.ts";
import { Alerts } from "../../components/gcp/alerts.ts";
import { AuditLog } from "../../components/gcp/audit-log.ts";
import { CloudDashboards } from "../../components/gcp/cloud-dashboards.ts";
import { Perimeter } from "../../components/gcp/perimeter.ts";
import { ResultsExport } from "../../components/gcp/results-export.ts";
import { hasPart } from "../config/gke-section.ts";
import { missedJobs } from "../telemetry.ts";
import type { GcpContext } from "./context.ts";

/** Registers those that the config asks for. */
export function createObservability({ config, gke, scope, root, keys }: GcpContext, cluster: Gke): void {
  const after = { ...root, dependsOn: [...(root.dependsOn as pulumi.Resource[]), cluster] };
  if (hasPart(gke, "results")) {
    const { enabled: _, ...settings } = gke.results ?? {};
    const operator = { namespace: NAMESPACES.system, container: "operator" };
    const kmsKey = keys?.key("analytics");
    new ResultsExport("results", { ...scope, ...settings, cluster: scope.name, operator, kmsKey }, root);
  }
  if (hasPart(gke, "auditLog")) {
    const { enabled: _, ...settings } = gke.auditLog ?? {};
    new AuditLog("audit", { ...scope, ...settings }, root);
  }
  if (hasPart(gke, "alerts") && config.telemetry.mode === "managed") {
    const { enabled: _, ...settings } = gke.alerts ?? {};
    const own = { cluster: scope.name, targets: config.slo, jobs: missedJobs(config) };
    new Alerts("alerts", { ...scope, ...settings, ...own }, after);
    new CloudDashboards("dashboards", scope, after);
  }
  // Last: the perimeter blocks requests from outside of it, such as this deployment's.
  if (gke.perimeter) new Perimeter("perimeter", { ...scope, ...gke.perimeter }, after);
}
