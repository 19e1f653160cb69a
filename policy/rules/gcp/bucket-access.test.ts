// What policy bucket-access lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { bucketAccess } from "./bucket-access.ts";

const bucket = (props: object) => gcp("storage/bucket:Bucket", { ...props });

table(bucketAccess, {
  passes: { closed: bucket({ uniformBucketLevelAccess: true, publicAccessPrevention: "enforced" }) },
  violates: { open: [bucket({}), "uniformBucketLevelAccess", "publicAccessPrevention"] },
});
