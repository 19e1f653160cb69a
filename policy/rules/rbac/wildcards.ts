// Roles must not contain wildcards.

import { roleRule } from "../../kinds/roles.ts";
import { selectsByName } from "../../kinds/selectors.ts";
import { each, some } from "../../unknown.ts";
import { at, items, texts } from "../../values.ts";

/** Whether an entry of a rule stands for more than it says; that of URLs which end with `/*` is how paths are named. */
const isWild: Readonly<Record<string, (text: string) => boolean>> = {
  apiGroups: (text) => text.includes("*"),
  resources: (text) => text.includes("*"),
  verbs: (text) => text.includes("*"),
  nonResourceURLs: (text) => /^\/*\*$/.test(text),
};

export const wildcards = roleRule(
  {
    name: "rbac-wildcards",
    severity: "high",
    description: "Roles have no wildcards, and take over no other roles' rules but of such as they choose by a label.",
    remedy:
      "Name the API groups, resources and verbs that are needed instead of '*', and the labels of what is aggregated.",
  },
  ({ rule, path }, report) =>
    each(Object.keys(isWild), (name) => {
      if (some(texts(rule[name]), (one) => isWild[name]?.(one) ?? false))
        report(`${path}.${name}`, "'*' allows what nobody thought of", "name what is needed");
    }),
  (role, report) =>
    each(items(at(role, "aggregationRule", "clusterRoleSelectors")), (selector, i) => {
      if (!selectsByName(selector))
        report(
          `aggregationRule.clusterRoleSelectors[${i}]`,
          "it takes over the rules of every ClusterRole, cluster-admin's too",
          "choose roles by a label that they have for it",
        );
    }),
);
