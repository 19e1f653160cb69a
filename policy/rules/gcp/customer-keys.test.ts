// What policy customer-managed-keys lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { customerKeys } from "./customer-keys.ts";

const key = "projects/p/locations/l/keyRings/r/cryptoKeys/k";

table(customerKeys, {
  passes: {
    "a bucket's": gcp("storage/bucket:Bucket", { encryption: { defaultKmsKeyName: key } }),
    "a database's": gcp("sql/databaseInstance:DatabaseInstance", { encryptionKeyName: key }),
    "backups'": gcp("gkebackup/backupPlan:BackupPlan", {
      backupConfig: { encryptionKey: { gcpKmsEncryptionKey: key } },
    }),
    "a dataset's": gcp("bigquery/dataset:Dataset", { defaultEncryptionConfiguration: { kmsKeyName: key } }),
  },
  violates: {
    "backups without": [gcp("gkebackup/backupPlan:BackupPlan", { backupConfig: {} }), "backupConfig.encryptionKey"],
    "a bucket without": [gcp("storage/bucket:Bucket", {}), "encryption.defaultKmsKeyName"],
    "a topic without": [gcp("pubsub/topic:Topic", {}), "kmsKeyName: the data are encrypted"],
  },
});
