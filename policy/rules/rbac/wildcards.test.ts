import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { wildcards } from "./wildcards.ts";

table(wildcards, {
  passes: {
    "what is named": object("Role", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
    "no rules at all": object("ClusterRole"),
  },
  violates: {
    "all resources": [object("Role", { rules: [{ resources: ["*"], verbs: ["get"] }] }), "rules[0].resources"],
    "all of everything": [
      object("ClusterRole", { rules: [{}, { apiGroups: ["*"], verbs: ["*"] }, { nonResourceURLs: ["*"] }] }),
      "rules[1].apiGroups",
      "rules[1].verbs",
      "rules[2].nonResourceURLs",
    ],
  },
});
