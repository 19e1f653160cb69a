// Backup plans must run on a schedule, cover everything, and protect backups from deletion.
import { block, blockAt, gcpRule } from "../../kinds/gcp.ts";
import { all, apart, each, either } from "../../unknown.ts";
import { type Fields, isText } from "../../values.ts";

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
    const minDays = setting<number>("minDays");
    const retention = () => block(props.retentionPolicy);
    apart(
      () => {
        if (!isScheduled(props))
          report(
            "backupSchedule.cronSchedule",
            "nothing is backed up by itself",
            "set such as '0 3 * * *', not paused",
          );
      },
      () => {
        if (block(props.backupConfig).allNamespaces !== true)
          report("backupConfig.allNamespaces", "a namespace that comes later has no backup", "set true");
      },
      () =>
        each(Object.entries({ includeVolumeData: "volumes", includeSecrets: "Secrets" }), ([name, what]) => {
          if (block(props.backupConfig)[name] !== true)
            report(`backupConfig.${name}`, `${what} aren't backed up`, "set true");
        }),
      () => {
        const { backupRetainDays } = retention();
        if (!(Number(backupRetainDays) >= minDays))
          report(
            "retentionPolicy.backupRetainDays",
            `${backupRetainDays ?? "no end"} is not ${minDays} days or more`,
            `set ${minDays} or more`,
          );
      },
      () => {
        if (!(Number(retention().backupDeleteLockDays) >= 1))
          report(
            "retentionPolicy.backupDeleteLockDays",
            "who takes over the project deletes the backups too",
            "set 1 or more",
          );
      },
    );
  },
);

const isScheduled = (props: Fields): boolean =>
  all(
    () => block(props.backupSchedule).paused !== true,
    () => props.deactivated !== true,
    () =>
      either(
        () => isText(block(props.backupSchedule).cronSchedule),
        () => blockAt(props, "backupSchedule", "rpoConfig").targetRpoMinutes !== undefined,
      ),
  );
