// What policy bucket-recovery lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { bucketRecovery } from "./bucket-recovery.ts";

const good = {
  versioning: { enabled: true },
  softDeletePolicy: { retentionDurationSeconds: 604_800 },
  lifecycleRules: [{ action: { type: "Delete" } }],
};

table(bucketRecovery, {
  passes: { "all of it": gcp("storage/bucket:Bucket", good) },
  violates: {
    nothing: [gcp("storage/bucket:Bucket", {}), "versioning", "softDeletePolicy", "lifecycleRules"],
    "gone at once": [
      gcp("storage/bucket:Bucket", { ...good, softDeletePolicy: { retentionDurationSeconds: 0 }, forceDestroy: true }),
      "softDeletePolicy",
      "forceDestroy",
    ],
  },
});
