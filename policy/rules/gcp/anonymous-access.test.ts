// What policy gke-anonymous-access lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { anonymousAccess } from "./anonymous-access.ts";

const rbacBindingConfig = {
  enableInsecureBindingSystemAuthenticated: false,
  enableInsecureBindingSystemUnauthenticated: false,
};
const cluster = (props: object) =>
  gcp("container/cluster:Cluster", { anonymousAuthenticationConfig: { mode: "LIMITED" }, rbacBindingConfig, ...props });

table(anonymousAccess, {
  passes: { closed: cluster({}) },
  violates: {
    "Google's defaults": [
      gcp("container/cluster:Cluster", {}),
      "requests without a name",
      "SystemAuthenticated",
      "SystemUnauthenticated",
    ],
    anonymous: [cluster({ anonymousAuthenticationConfig: { mode: "ENABLED" } }), "set LIMITED"],
  },
});
