// Roles must not contain wildcards.

import { roleRule } from "../../kinds/roles.ts";
import { selectsByName } from "../../kinds/selectors.ts";
import { each, some } from "../../unknown.ts";
import { at, items, texts } from "../../values.ts";

/** Whether an entry of a rule is a wildcard; a URL that ends with `/*` isn't, since it names a path. */
const isWild: Readonly<Record<string, (text: string) => boolean>> = {
  apiGroups: (text) => text.includes("*"),
  resources: (text) => text.includes("*"),
  verbs: (text) => text.includes("*"),
  nonResourceURLs: (text) => /^\/*\*$/.test(text),
};

export const wildcards = roleRule({
  name: "rbac-wildcards",
  severity: "high",
  description: "Roles have no wildcards, and aggregate only roles that they choose by a label.",
  remedy:
    "Name the API groups, resources and verbs that are needed instead of '*', and the labels of the roles to aggregate.",
  check: ({ rule, path }, report) =>
    each(Object.keys(isWild), (name) => {
      if (some(texts(rule[name]), (entry) => isWild[name]?.(entry) ?? false))
        report(`${path}.${name}`, "'*' allows more than is needed", "name what is needed");
    }),
  checkWhole: (role, report) =>
    each(items(at(role, "aggregationRule", "clusterRoleSelectors")), (selector, i) => {
      if (!selectsByName(selector))
        report(
          `aggregationRule.clusterRoleSelectors[${i}]`,
          "it aggregates every ClusterRole, also cluster-admin",
          "choose roles by a label that they have for this purpose",
        );
    }),
});
