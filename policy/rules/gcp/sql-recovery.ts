// Databases must have backups and point-in-time recovery.
import { block, blockAt, gcpRule, sqlInstance } from "../../kinds/gcp.ts";
import { allOf, independently, some } from "../../unknown.ts";

export const sqlRecovery = gcpRule({
  name: "sql-recovery",
  types: [sqlInstance],
  severity: "high",
  description: "Cloud SQL has backups, can be restored to a point in time, and isn't deleted by accident.",
  remedy: "Set backupConfiguration.enabled and pointInTimeRecoveryEnabled, and deletionProtection.",
  check: (props, report) => {
    const backup = () => blockAt(props, "settings", "backupConfiguration");
    const path = "settings.backupConfiguration";
    independently(
      () => {
        if (backup().enabled !== true) report(`${path}.enabled`, "a lost database can't be restored", "set true");
      },
      () => {
        if (!some(["pointInTimeRecoveryEnabled", "binaryLogEnabled"], (name) => backup()[name] === true))
          report(
            `${path}.pointInTimeRecoveryEnabled`,
            "all changes since the last backup are lost with the database",
            "set true",
          );
      },
      () => {
        const isOpen = allOf(
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
});
