import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { serviceAccountToken } from "./service-account-token.ts";

table(serviceAccountToken, {
  passes: {
    "no token": deployment(),
    "a token of its own account": deployment({ automountServiceAccountToken: true, serviceAccountName: "own" }),
  },
  violates: {
    "the default account's": [
      deployment({ automountServiceAccountToken: true }),
      "the default service account's token",
    ],
    "nothing said": [deployment({ automountServiceAccountToken: undefined }), "it is left open"],
    "nothing said by an account of its own": [
      deployment({ automountServiceAccountToken: undefined, serviceAccountName: "own" }),
      "it is left open",
    ],
  },
  // Who runs as an account of its own most likely needs the token.
  unfixable: ["nothing said by an account of its own"],
});
