// Roles name what they allow.
import { roleRule } from "../../kinds/roles.ts";
import { texts } from "../../values.ts";

export const wildcards = roleRule(
  {
    name: "rbac-wildcards",
    severity: "high",
    description: "Roles have no wildcards.",
    remedy: "Name the API groups, resources and verbs that are needed instead of '*'.",
  },
  ({ rule, path }, report) => {
    for (const name of ["apiGroups", "resources", "verbs", "nonResourceURLs"])
      if (texts(rule[name]).includes("*"))
        report(`${path}.${name}`, "'*' allows what nobody thought of", "name what is needed");
  },
);
