// What policy gke-backup-coverage lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { backupCoverage } from "./backup-coverage.ts";

const cluster = (enabled: boolean) =>
  gcp("container/cluster:Cluster", { addonsConfig: { gkeBackupAgentConfig: { enabled } } });
const plan = gcp("gkebackup/backupPlan:BackupPlan", {});

table(backupCoverage, {
  passes: { "no cluster": [gcp("storage/bucket:Bucket", {})], "a plan": [cluster(true), plan] },
  violates: {
    "no plan": [[cluster(true)], "1 clusters and 0 backup plans"],
    "no agent": [[cluster(false), plan], "gkeBackupAgentConfig.enabled"],
    "one plan for two": [[cluster(true), cluster(true), plan], "2 clusters and 1 backup plans"],
  },
});
