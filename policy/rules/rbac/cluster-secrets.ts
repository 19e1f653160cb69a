// Nobody reads every Secret of the cluster.
import { roleRule } from "../../kinds/roles.ts";
import { texts } from "../../values.ts";

const reading = new Set(["get", "list", "watch", "*"]);

export const clusterSecrets = roleRule(
  {
    name: "rbac-cluster-secrets",
    severity: "critical",
    description: "No ClusterRole reads Secrets that it doesn't name.",
    remedy: "Use a Role in the namespace that has the Secret, or name it in resourceNames with the verb get.",
  },
  ({ rule, path, cluster }, report) => {
    if (!cluster || !texts(rule.resources).includes("secrets")) return;
    const verbs = texts(rule.verbs).filter((verb) => reading.has(verb));
    // list and watch hand out the content, whatever resourceNames say of get.
    const named = texts(rule.resourceNames).length > 0 && verbs.every((verb) => verb === "get");
    if (verbs.length > 0 && !named)
      report(`${path}`, `${verbs.join(", ")} of every Secret in the cluster`, "use a Role in the Secret's namespace");
  },
);
