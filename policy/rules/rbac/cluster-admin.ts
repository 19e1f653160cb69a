// cluster-admin must not be bound.
import { bindingRule } from "../../kinds/roles.ts";
import { fields } from "../../values.ts";

export const clusterAdmin = bindingRule({
  name: "rbac-cluster-admin",
  severity: "critical",
  description: "No binding gives cluster-admin.",
  remedy: "Bind a role that names what is needed.",
  check: ({ roleRef }, _, report) => {
    if (fields(roleRef).name === "cluster-admin")
      report("roleRef.name", "cluster-admin may do everything", "bind a role that names what is needed");
  },
});
