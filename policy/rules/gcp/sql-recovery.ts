// The database can be put back to any minute of the last days.
import { block, gcpRule, sqlInstance } from "../../kinds/gcp.ts";

export const sqlRecovery = gcpRule(
  [sqlInstance],
  {
    name: "sql-recovery",
    severity: "high",
    description: "Cloud SQL has backups, can go back to a point in time, and isn't deleted by accident.",
    remedy: "Set backupConfiguration.enabled and pointInTimeRecoveryEnabled, and deletionProtection.",
  },
  (props, report) => {
    const settings = block(props.settings);
    const backup = block(settings.backupConfiguration);
    const path = "settings.backupConfiguration";
    if (backup.enabled !== true) report(`${path}.enabled`, "a lost database is lost", "set true");
    if (backup.pointInTimeRecoveryEnabled !== true && backup.binaryLogEnabled !== true)
      report(`${path}.pointInTimeRecoveryEnabled`, "a day's work is lost with the database", "set true");
    if (props.deletionProtection === false && settings.deletionProtectionEnabled !== true)
      report("deletionProtection", "one command deletes the data", "leave it out, or set deletionProtectionEnabled");
  },
);
