// Backup plans must run on a schedule, cover everything, and protect backups from deletion.
import { block, blockAt, gcpRule } from "../../kinds/gcp.ts";
import { allOf, anyOf, each, independently } from "../../unknown.ts";
import { type Fields, isText } from "../../values.ts";

export const backupPlan = gcpRule({
  name: "gke-backup-plan",
  types: ["gcp:gkebackup/backupPlan:BackupPlan"],
  severity: "medium",
  description:
    "Backup plans run on a schedule, cover all namespaces with Secrets and volumes, and keep backups that nobody can delete at once.",
  remedy: "Set backupSchedule, backupConfig and retentionPolicy with backupRetainDays and backupDeleteLockDays.",
  settings: {
    minDays: { type: "number", default: 7, description: "Minimum number of days that a backup is kept." },
  },
  check: (props, report, { setting }) => {
    const minDays = setting<number>("minDays");
    const retention = () => block(props.retentionPolicy);
    independently(
      () => {
        if (!isScheduled(props))
          report(
            "backupSchedule.cronSchedule",
            "no backup starts automatically",
            "set a schedule such as '0 3 * * *', and leave paused out",
          );
      },
      () => {
        if (block(props.backupConfig).allNamespaces !== true)
          report("backupConfig.allNamespaces", "new namespaces have no backup", "set true");
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
            "an attacker in the project can delete the backups too",
            "set 1 or more",
          );
      },
    );
  },
});

const isScheduled = (props: Fields): boolean =>
  allOf(
    () => block(props.backupSchedule).paused !== true,
    () => props.deactivated !== true,
    () =>
      anyOf(
        () => isText(block(props.backupSchedule).cronSchedule),
        () => blockAt(props, "backupSchedule", "rpoConfig").targetRpoMinutes !== undefined,
      ),
  );
