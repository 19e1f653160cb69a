// What policy iam-additive lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { additiveBindings } from "./additive-bindings.ts";

table(additiveBindings, {
  passes: {
    "a member": gcp("projects/iAMMember:IAMMember", {}),
    "a list on one bucket": gcp("storage/bucketIAMBinding:BucketIAMBinding", {}),
    "a policy of something else": gcp("binaryauthorization/policy:Policy", {}),
  },
  violates: {
    "a project's policy": [
      gcp("projects/iAMPolicy:IAMPolicy", { policyData: "{}" }),
      "IAMPolicy: it removes every right that it doesn't list",
    ],
    "a bucket's policy": [gcp("storage/bucketIAMPolicy:BucketIAMPolicy", {}), "use an IAMMember"],
    "a role's whole list": [
      gcp("projects/iAMBinding:IAMBinding", {}),
      "IAMBinding: it removes every right that it doesn't list",
    ],
  },
});
