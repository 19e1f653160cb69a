// ClusterRoles must not read Secrets that they don't name.
import { grantedVerbs, isNamed, roleRule } from "../../kinds/roles.ts";
import { allOf, every } from "../../unknown.ts";

const reading = { group: "", resource: "secrets", verbs: ["get", "list", "watch"] };

export const clusterSecrets = roleRule({
  name: "rbac-cluster-secrets",
  severity: "critical",
  description: "No ClusterRole reads Secrets that it doesn't name.",
  remedy: "Use a Role in the namespace that has the Secret, or name it in resourceNames with the verb get.",
  check: ({ rule, path, cluster }, report) => {
    if (!cluster) return;
    const verbs = grantedVerbs(rule, reading);
    // list and watch return the content of all Secrets, whatever resourceNames allow for get.
    const isOfOne = () =>
      allOf(
        () => isNamed(rule),
        () => every(verbs, (verb) => verb === "get"),
      );
    if (verbs.length > 0 && !isOfOne())
      report(`${path}`, `${verbs.join(", ")} of every Secret in the cluster`, "use a Role in the Secret's namespace");
  },
});
