// Writes the dashboards as files, for a Grafana that isn't in the cluster or imports them by hand.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dashboards } from "../../components/observability/dashboards/index.ts";

/** One `<uid>.json` each, in this folder. */
export function writeDashboards(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const dashboard of dashboards)
    writeFileSync(join(folder, `${dashboard.uid}.json`), `${JSON.stringify(dashboard, undefined, 1)}\n`);
}
