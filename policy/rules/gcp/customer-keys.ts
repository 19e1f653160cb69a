// Data must be encrypted with customer-managed keys.
import { blockAt, bucket, gcpRule, sqlInstance } from "../../kinds/gcp.ts";
import { isText } from "../../values.ts";

/** Where each type names its key. */
const paths: Readonly<Record<string, readonly string[]>> = {
  [bucket]: ["encryption", "defaultKmsKeyName"],
  [sqlInstance]: ["encryptionKeyName"],
  "gcp:artifactregistry/repository:Repository": ["kmsKeyName"],
  "gcp:pubsub/topic:Topic": ["kmsKeyName"],
  "gcp:bigquery/dataset:Dataset": ["defaultEncryptionConfiguration", "kmsKeyName"],
  "gcp:gkebackup/backupPlan:BackupPlan": ["backupConfig", "encryptionKey", "gcpKmsEncryptionKey"],
};

export const customerKeys = gcpRule({
  name: "customer-managed-keys",
  types: Object.keys(paths),
  severity: "medium",
  description:
    "Buckets, databases, registries, topics, datasets and backups are encrypted with the project's own key of Cloud KMS.",
  remedy: "Name the key, and give the service's own agent roles/cloudkms.cryptoKeyEncrypterDecrypter on it.",
  check: (props, report, { args }) => {
    const path = paths[args.type] ?? [];
    if (!isText(blockAt(props, ...path.slice(0, -1))[path.at(-1) ?? ""]))
      report(path.join("."), "the data are encrypted with Google's key", "name a key of KMS");
  },
});
