// What policy iam-account-keys lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { accountKeys } from "./account-keys.ts";

table(accountKeys, {
  passes: { "an account": gcp("serviceaccount/account:Account", {}) },
  violates: {
    "its key": [gcp("serviceaccount/key:Key", {}), "anybody who finds the key can use it"],
    "its key for S3": [gcp("storage/hmacKey:HmacKey", {}), "anybody who finds the key can use it"],
  },
});
