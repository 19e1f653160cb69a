// The API server must refuse anonymous requests, except to its health checks.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";
import { each, independently } from "../../unknown.ts";

export const anonymousAccess = gcpRule({
  name: "gke-anonymous-access",
  types: [cluster],
  severity: "high",
  description: "Requests without a name reach the health checks only, and no role can be bound to everybody.",
  remedy: "Set anonymousAuthenticationConfig.mode to LIMITED and both fields of rbacBindingConfig to false.",
  check: (props, report) =>
    independently(
      () => {
        if (block(props.anonymousAuthenticationConfig).mode !== "LIMITED")
          report("anonymousAuthenticationConfig.mode", "requests without a name reach the API", "set LIMITED");
      },
      () =>
        each(["enableInsecureBindingSystemAuthenticated", "enableInsecureBindingSystemUnauthenticated"], (name) => {
          if (block(props.rbacBindingConfig)[name] !== false)
            report(`rbacBindingConfig.${name}`, "a role can be bound to everybody with a Google account", "set false");
        }),
    ),
});
