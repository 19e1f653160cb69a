// ClusterRoles must not read Secrets that they don't name.
import { roleRule } from "../../kinds/roles.ts";
import { all, every, gather, includes } from "../../unknown.ts";
import { texts } from "../../values.ts";

const readingVerbs = new Set(["get", "list", "watch", "*"]);

export const clusterSecrets = roleRule(
  {
    name: "rbac-cluster-secrets",
    severity: "critical",
    description: "No ClusterRole reads Secrets that it doesn't name.",
    remedy: "Use a Role in the namespace that has the Secret, or name it in resourceNames with the verb get.",
  },
  ({ rule, path, cluster }, report) => {
    if (!cluster || !includes(texts(rule.resources), "secrets")) return;
    const verbs = gather(texts(rule.verbs), (verb) => (readingVerbs.has(verb) ? [verb] : []));
    // list and watch hand out the content, whatever resourceNames say of get.
    const isNamed = () =>
      all(
        () => Array.isArray(rule.resourceNames) && rule.resourceNames.length > 0,
        () => every(texts(rule.verbs), (verb) => !readingVerbs.has(verb) || verb === "get"),
      );
    if (verbs.length > 0 && !isNamed())
      report(`${path}`, `${verbs.join(", ")} of every Secret in the cluster`, "use a Role in the Secret's namespace");
  },
);
