// What policy rbac-wildcards lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { wildcards } from "./wildcards.ts";

table(wildcards, {
  passes: {
    "what is named": object("Role", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
    "no rules at all": object("ClusterRole"),
    "addresses below a path": object("ClusterRole", { rules: [{ nonResourceURLs: ["/metrics/*"], verbs: ["get"] }] }),
    "roles with a label": object("ClusterRole", {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "example.com/aggregate": "true" } }] },
    }),
    "roles with one of some labels": object("ClusterRole", {
      aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }] },
    }),
  },
  violates: {
    "all resources": [object("Role", { rules: [{ resources: ["*"], verbs: ["get"] }] }), "rules[0].resources"],
    "a subresource of everything": [
      object("Role", { rules: [{ resources: ["*/exec"], verbs: ["get"] }] }),
      "rules[0].resources",
    ],
    "every address": [
      object("ClusterRole", { rules: [{ nonResourceURLs: ["/*"], verbs: ["get"] }] }),
      "nonResourceURLs",
    ],
    "every role's rules": [
      object("ClusterRole", { aggregationRule: { clusterRoleSelectors: [{}] } }),
      "aggregationRule.clusterRoleSelectors[0]",
    ],
    "the rules of roles without a label": [
      object("ClusterRole", {
        aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: "a", operator: "DoesNotExist" }] }] },
      }),
      "aggregationRule.clusterRoleSelectors[0]",
    ],
    "all of everything": [
      object("ClusterRole", { rules: [{}, { apiGroups: ["*"], verbs: ["*"] }, { nonResourceURLs: ["*"] }] }),
      "rules[1].apiGroups",
      "rules[1].verbs",
      "rules[2].nonResourceURLs",
    ],
  },
});
