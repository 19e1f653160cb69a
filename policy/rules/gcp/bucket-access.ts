// A bucket's rights are IAM's alone, and never the public's.
import { bucket, gcpRule } from "../../kinds/gcp.ts";

export const bucketAccess = gcpRule(
  [bucket],
  {
    name: "bucket-access",
    severity: "critical",
    description: "Buckets have uniform access and refuse the public.",
    remedy: "Set uniformBucketLevelAccess to true and publicAccessPrevention to enforced.",
  },
  ({ uniformBucketLevelAccess, publicAccessPrevention }, report) => {
    if (uniformBucketLevelAccess !== true)
      report("uniformBucketLevelAccess", "each object may have rights of its own", "set true");
    if (publicAccessPrevention !== "enforced")
      report("publicAccessPrevention", "the bucket may be opened to the public", "set enforced");
  },
);
