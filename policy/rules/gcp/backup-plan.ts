// What a cluster holds can be had back, even after somebody with all rights has deleted it.
import { block, gcpRule } from "../../kinds/gcp.ts";
import { at, isText } from "../../values.ts";

export const backupPlan = gcpRule(
  ["gcp:gkebackup/backupPlan:BackupPlan"],
  {
    name: "gke-backup-plan",
    severity: "medium",
    description:
      "Backup plans run by themselves, take all namespaces with Secrets and volumes, and keep backups that nobody can delete at once.",
    remedy: "Set backupSchedule, backupConfig and retentionPolicy with backupRetainDays and backupDeleteLockDays.",
    settings: {
      minDays: { type: "number", default: 7, description: "Days that a backup is kept at least." },
    },
  },
  (props, report, { setting }) => {
    const schedule = block(props.backupSchedule);
    const rpo = at(block(schedule.rpoConfig), "targetRpoMinutes");
    if (schedule.paused === true || props.deactivated === true || (!isText(schedule.cronSchedule) && rpo === undefined))
      report("backupSchedule.cronSchedule", "nothing is backed up by itself", "set such as '0 3 * * *', not paused");
    const config = block(props.backupConfig);
    if (config.allNamespaces !== true)
      report("backupConfig.allNamespaces", "a namespace that comes later has no backup", "set true");
    for (const [name, what] of Object.entries({ includeVolumeData: "volumes", includeSecrets: "Secrets" }))
      if (config[name] !== true) report(`backupConfig.${name}`, `${what} aren't backed up`, "set true");
    const { backupRetainDays, backupDeleteLockDays } = block(props.retentionPolicy);
    const minDays = setting<number>("minDays");
    if (!(Number(backupRetainDays) >= minDays))
      report(
        "retentionPolicy.backupRetainDays",
        `${backupRetainDays ?? "no end"} is not ${minDays} days or more`,
        `set ${minDays} or more`,
      );
    if (!(Number(backupDeleteLockDays) >= 1))
      report(
        "retentionPolicy.backupDeleteLockDays",
        "who takes over the project deletes the backups too",
        "set 1 or more",
      );
  },
);
