// What policy sql-recovery lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { sqlRecovery } from "./sql-recovery.ts";

const backupConfiguration = { enabled: true, pointInTimeRecoveryEnabled: true };
const sql = (props: object) => gcp("sql/databaseInstance:DatabaseInstance", { ...props });

table(sqlRecovery, {
  passes: {
    "all of it": sql({ settings: { backupConfiguration } }),
    "the service's own protection": sql({
      settings: { backupConfiguration, deletionProtectionEnabled: true },
      deletionProtection: false,
    }),
  },
  violates: {
    none: [sql({}), "backupConfiguration.enabled", "pointInTimeRecoveryEnabled"],
    "no protection": [sql({ settings: { backupConfiguration }, deletionProtection: false }), "deletionProtection"],
  },
});
