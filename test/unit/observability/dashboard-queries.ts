// The queries of a dashboard, as Prometheus gets them once Grafana has filled in what it chooses.
import type { dashboards } from "../../../components/observability/dashboards/index.ts";

interface Target {
  expr?: string;
  legendFormat?: string;
}

export function queriesOf(dashboard: (typeof dashboards)[number]): { expr: string; legend: string }[] {
  return ((dashboard.panels ?? []) as { targets?: Target[] }[])
    .flatMap(({ targets = [] }) => targets)
    .map(({ expr = "", legendFormat = "" }) => ({
      expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$__range", "6h").replaceAll(/\$\w+/g, ".*"),
      legend: legendFormat,
    }));
}
