// Backup for GKE: objects, Secrets and volumes of the platform's namespaces, daily, to another place than the cluster.
import { BackupPlan as Plan } from "@pulumi/gcp/gkebackup/backupPlan.js";
import * as pulumi from "@pulumi/pulumi";
import { checkScope, type GcpScope, gcpLabels } from "../../gcp/scope.ts";
import { checkWholeNumbers } from "../../numbers.ts";

export interface BackupPlanArgs extends GcpScope {
  /** Full name of the cluster. */
  cluster: pulumi.Input<string>;
  /** Region that keeps the backups. Default: the cluster's. */
  backupRegion?: string;
  /** Cron expression in UTC. Default `0 3 * * *`. */
  schedule?: string;
  /** Days that a backup is kept, 1 to 365. Default 30. */
  retainDays?: number;
  /** Days in which nobody can delete a backup, 0 to `retainDays`. Default 7. */
  lockDays?: number;
  /** Key that encrypts the backups, in the region that keeps them; absent: Google's own. */
  kmsKey?: string;
}

/** A plan that backs every namespace up; Secrets too, which is why the backups have a key of their own. */
export class BackupPlan extends pulumi.ComponentResource {
  constructor(name: string, args: BackupPlanArgs, options?: pulumi.ComponentResourceOptions) {
    const { retainDays = 30, lockDays = 7, schedule = "0 3 * * *", backupRegion = args.region } = args;
    checkScope(args);
    checkWholeNumbers({ retainDays }, { from: 1, to: 365 });
    checkWholeNumbers({ lockDays }, { from: 0, to: Math.min(retainDays, 90) });
    if (!/^(\S+ ){4}\S+$/.test(schedule))
      throw new Error(`schedule: '${schedule}' is not a cron expression of five fields`);
    if (backupRegion !== args.region && args.kmsKey?.includes(`/locations/${args.region}/`))
      throw new Error(`backupRegion: the key is in ${args.region}: give a key in ${backupRegion}, or none`);
    super("agentic:gke:BackupPlan", name, {}, options);
    new Plan(
      name,
      {
        project: args.project,
        location: backupRegion,
        name: args.name,
        cluster: args.cluster,
        description: "Daily backup of the agentic platform",
        backupSchedule: { cronSchedule: schedule },
        retentionPolicy: { backupRetainDays: retainDays, backupDeleteLockDays: lockDays },
        backupConfig: {
          allNamespaces: true,
          includeVolumeData: true,
          includeSecrets: true,
          ...(args.kmsKey ? { encryptionKey: { gcpKmsEncryptionKey: args.kmsKey } } : {}),
        },
        labels: gcpLabels(args),
      },
      { parent: this, protect: args.deletionProtection },
    );
    this.registerOutputs({});
  }
}
