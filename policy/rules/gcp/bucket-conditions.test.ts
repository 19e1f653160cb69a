// What policy bucket-conditions lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { bucketConditions } from "./bucket-conditions.ts";

const pool = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog";
const member = `${pool}/subject/ns/tenant-demo/sa/agent`;
const role = "roles/storage.objectUser";
const below = { expression: 'resource.name.startsWith("projects/_/buckets/b/objects/job_")' };
const binding = (props: object) => gcp("storage/bucketIAMMember:BucketIAMMember", { bucket: "b", role, ...props });

table(bucketConditions, {
  passes: {
    "a prefix": binding({ member, condition: below }),
    "a service of Google": binding({ member: "serviceAccount:service-1@gs-project-accounts.iam.gserviceaccount.com" }),
  },
  violates: {
    "the whole bucket": [binding({ member }), "ns/tenant-demo/sa/agent reaches every object"],
    "a condition about something else": [
      binding({ member, condition: { expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' } }),
      "condition.expression",
    ],
    "one of several": [
      gcp("storage/bucketIAMBinding:BucketIAMBinding", { bucket: "b", role, members: ["user:a@b.c", member] }),
      "reaches every object",
    ],
  },
});
