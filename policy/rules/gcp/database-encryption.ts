// Secrets are encrypted in etcd with a key of our own.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";
import { isText } from "../../values.ts";

export const databaseEncryption = gcpRule(
  [cluster],
  {
    name: "gke-database-encryption",
    severity: "high",
    description: "Secrets are encrypted in the cluster's database with a key of Cloud KMS.",
    remedy: "Set databaseEncryption to state ENCRYPTED with keyName.",
  },
  (props, report) => {
    const { state, keyName } = block(props.databaseEncryption);
    if (state !== "ENCRYPTED" || !isText(keyName))
      report("databaseEncryption", "Secrets are not encrypted with a key of ours", "set state ENCRYPTED with keyName");
  },
);
