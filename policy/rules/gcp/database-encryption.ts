// Secrets in etcd must be encrypted with a customer-managed key.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";
import { allOf } from "../../unknown.ts";
import { isText } from "../../values.ts";

export const databaseEncryption = gcpRule({
  name: "gke-database-encryption",
  types: [cluster],
  severity: "high",
  description: "Secrets are encrypted in the cluster's database with a key of Cloud KMS.",
  remedy: "Set databaseEncryption to state ENCRYPTED with keyName.",
  check: (props, report) => {
    const encryption = block(props.databaseEncryption);
    const isOurs = allOf(
      () => encryption.state === "ENCRYPTED",
      () => isText(encryption.keyName),
    );
    if (!isOurs)
      report(
        "databaseEncryption",
        "Secrets are not encrypted with the project's own key",
        "set state ENCRYPTED with keyName",
      );
  },
});
