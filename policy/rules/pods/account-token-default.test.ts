// What policy account-token-default lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { accountTokenDefault } from "./account-token-default.ts";

const metadata = { name: "one", annotations: { "agentic.io/api-token": "the controller's pods make workloads" } };

table(accountTokenDefault, {
  passes: {
    "pods of a controller": object("ServiceAccount", { metadata }),
    "who asks": object("ServiceAccount", { automountServiceAccountToken: false }),
  },
  violates: { everybody: [object("ServiceAccount"), "every pod of the account"] },
});
