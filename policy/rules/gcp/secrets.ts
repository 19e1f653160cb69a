// Secret Manager must store secrets in named regions, encrypted with a customer-managed key.
import { block, blockAt, gcpRule } from "../../kinds/gcp.ts";
import { each } from "../../unknown.ts";
import { isText, items } from "../../values.ts";

export const secrets = gcpRule({
  name: "secret-manager",
  types: ["gcp:secretmanager/secret:Secret"],
  severity: "medium",
  description: "Secret Manager keeps secrets in named regions, encrypted with the project's own key of Cloud KMS.",
  remedy: "Set replication.userManaged.replicas, each with location and customerManagedEncryption.kmsKeyName.",
  check: (props, report) => {
    const replicas = items(blockAt(props, "replication", "userManaged").replicas);
    if (replicas.length === 0)
      report("replication.userManaged.replicas", "Google chooses the regions", "name a region, with a key in it");
    each(replicas, (replica, i) => {
      if (!isText(block(replica.customerManagedEncryption).kmsKeyName))
        report(
          `replication.userManaged.replicas[${i}].customerManagedEncryption`,
          "the secret is encrypted with Google's key",
          "name a key of KMS",
        );
    });
  },
});
