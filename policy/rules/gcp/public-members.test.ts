// What policy iam-public-members lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { publicMembers } from "./public-members.ts";

table(publicMembers, {
  passes: { somebody: gcp("storage/bucketIAMMember:BucketIAMMember", { member: "user:a@example.com" }) },
  violates: {
    everybody: [
      gcp("storage/bucketIAMMember:BucketIAMMember", { member: "allUsers" }),
      "member: allUsers is everybody",
    ],
    "everybody with an account": [
      gcp("storage/bucketIAMBinding:BucketIAMBinding", { members: ["user:a@b.c", "allAuthenticatedUsers"] }),
      "members[1]",
    ],
  },
});
