// What policy iam-impersonation lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { impersonation } from "./impersonation.ts";

const role = "roles/iam.serviceAccountTokenCreator";

table(impersonation, {
  passes: {
    "one account": gcp("serviceaccount/iAMMember:IAMMember", { role }),
    "another role": gcp("projects/iAMMember:IAMMember", { role: "roles/logging.logWriter" }),
  },
  violates: { "all accounts": [gcp("projects/iAMMember:IAMMember", { role }), "holds for all its accounts"] },
});
