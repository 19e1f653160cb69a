// Roles name what they allow.
import { items, objectRule, say } from "../objects.ts";

const raising = new Set(["escalate", "bind", "impersonate"]);

export const rbacWildcards = objectRule(
  "rbac-wildcards",
  "Roles have no wildcards and no verbs that raise privileges.",
  (object, report) => {
    if (object.kind !== "Role" && object.kind !== "ClusterRole") return;
    for (const [i, rule] of items(object.rules).entries()) {
      for (const name of ["apiGroups", "resources", "verbs", "nonResourceURLs"])
        if (Array.isArray(rule[name]) && rule[name].includes("*"))
          report(say(`rules[${i}].${name}`, "'*' allows what nobody thought of", "name what is needed"));
      const verbs = Array.isArray(rule.verbs) ? rule.verbs.filter((verb) => raising.has(String(verb))) : [];
      if (verbs.length > 0) report(say(`rules[${i}].verbs`, `${verbs.join(", ")} raise privileges`, "leave them out"));
    }
  },
);
