// Every cluster must have a backup plan.
import { blockAt, cluster } from "../../kinds/gcp.ts";
import { stackRule } from "../../rule.ts";
import { each } from "../../unknown.ts";

export const backupCoverage = stackRule({
  name: "gke-backup-coverage",
  area: "gcp",
  severity: "medium",
  description: "Each cluster has the agent of Backup for GKE, and a stack has a backup plan for each cluster.",
  remedy: "Set addonsConfig.gkeBackupAgentConfig.enabled to true and add a gkebackup.BackupPlan.",
  check: (resources, report) => {
    const clusters = resources.filter(({ type }) => type === cluster);
    const plans = resources.filter(({ type }) => type === "gcp:gkebackup/backupPlan:BackupPlan");
    each(clusters, ({ name, props, urn }) => {
      if (blockAt(props, "addonsConfig", "gkeBackupAgentConfig").enabled !== true)
        report(
          [
            `Cluster ${name} addonsConfig.gkeBackupAgentConfig.enabled`,
            "without the agent no plan can back it up",
            "set true",
          ],
          urn,
        );
    });
    // Which cluster a plan is for is known only once the cluster is there.
    if (plans.length < clusters.length)
      report(
        [
          `Cluster ${clusters.map(({ name }) => name).join(", ")}`,
          `${clusters.length} clusters and ${plans.length} backup plans`,
          "add a gkebackup.BackupPlan for each",
        ],
        clusters[0]?.urn,
      );
  },
});
