// Buckets must use IAM alone for access, and refuse the public.
import { bucket, gcpRule } from "../../kinds/gcp.ts";
import { independently } from "../../unknown.ts";

export const bucketAccess = gcpRule({
  name: "bucket-access",
  types: [bucket],
  severity: "critical",
  description: "Buckets have uniform access and refuse the public.",
  remedy: "Set uniformBucketLevelAccess to true and publicAccessPrevention to enforced.",
  check: (props, report) =>
    independently(
      () => {
        if (props.uniformBucketLevelAccess !== true)
          report("uniformBucketLevelAccess", "each object may have an access list of its own", "set true");
      },
      () => {
        if (props.publicAccessPrevention !== "enforced")
          report("publicAccessPrevention", "the bucket may be opened to the public", "set enforced");
      },
    ),
});
