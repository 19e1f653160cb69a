// Roles must not contain wildcards.
import { roleRule } from "../../kinds/roles.ts";
import { each, includes } from "../../unknown.ts";
import { texts } from "../../values.ts";

export const wildcards = roleRule(
  {
    name: "rbac-wildcards",
    severity: "high",
    description: "Roles have no wildcards.",
    remedy: "Name the API groups, resources and verbs that are needed instead of '*'.",
  },
  ({ rule, path }, report) =>
    each(["apiGroups", "resources", "verbs", "nonResourceURLs"], (name) => {
      if (includes(texts(rule[name]), "*"))
        report(`${path}.${name}`, "'*' allows what nobody thought of", "name what is needed");
    }),
);
