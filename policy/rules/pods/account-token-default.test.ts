import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { accountTokenDefault } from "./account-token-default.ts";

table(accountTokenDefault, {
  passes: { "who asks": object("ServiceAccount", { automountServiceAccountToken: false }) },
  violates: { everybody: [object("ServiceAccount"), "every pod of the account"] },
});
