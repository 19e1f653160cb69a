// Databases must have backups and point-in-time recovery.
import { block, blockAt, gcpRule, sqlInstance } from "../../kinds/gcp.ts";
import { all, apart, some } from "../../unknown.ts";

export const sqlRecovery = gcpRule(
  [sqlInstance],
  {
    name: "sql-recovery",
    severity: "high",
    description: "Cloud SQL has backups, can go back to a point in time, and isn't deleted by accident.",
    remedy: "Set backupConfiguration.enabled and pointInTimeRecoveryEnabled, and deletionProtection.",
  },
  (props, report) => {
    const backup = () => blockAt(props, "settings", "backupConfiguration");
    const path = "settings.backupConfiguration";
    apart(
      () => {
        if (backup().enabled !== true) report(`${path}.enabled`, "a lost database is lost", "set true");
      },
      () => {
        if (!some(["pointInTimeRecoveryEnabled", "binaryLogEnabled"], (name) => backup()[name] === true))
          report(`${path}.pointInTimeRecoveryEnabled`, "a day's work is lost with the database", "set true");
      },
      () => {
        const isOpen = all(
          () => props.deletionProtection === false,
          () => block(props.settings).deletionProtectionEnabled !== true,
        );
        if (isOpen)
          report(
            "deletionProtection",
            "one command deletes the data",
            "leave it out, or set deletionProtectionEnabled",
          );
      },
    );
  },
);
