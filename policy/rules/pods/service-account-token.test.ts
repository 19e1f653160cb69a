// What policy service-account-token lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { serviceAccountToken } from "./service-account-token.ts";

const mounting = (serviceAccountToken: object) => ({
  volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken }] } }],
});

table(serviceAccountToken, {
  passes: {
    "no token": deployment(),
    "a token for another service": deployment(mounting({ path: "token", audience: "vault" })),
    "a mounted token of its own account": deployment({ ...mounting({ path: "token" }), serviceAccountName: "own" }),
    "a token of its own account": deployment({ automountServiceAccountToken: true, serviceAccountName: "own" }),
  },
  violates: {
    "the default account's": [
      deployment({ automountServiceAccountToken: true }),
      "the default service account's token",
    ],
    "the default account's, mounted": [deployment(mounting({ path: "token" })), "sources[0].serviceAccountToken"],
    "nothing said": [deployment({ automountServiceAccountToken: undefined }), "it is left open"],
    "nothing said by an account of its own": [
      deployment({ automountServiceAccountToken: undefined, serviceAccountName: "own" }),
      "it is left open",
    ],
  },
  // Who runs as an account of its own most likely needs the token.
  unfixable: ["nothing said by an account of its own", "the default account's, mounted"],
});
