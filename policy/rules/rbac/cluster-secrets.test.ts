import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { clusterSecrets } from "./cluster-secrets.ts";

const rules = (verbs: string[], more = {}) => ({
  rules: [{ apiGroups: [""], resources: ["secrets"], verbs, ...more }],
});

table(clusterSecrets, {
  passes: {
    "in one namespace": object("Role", rules(["list"])),
    "one by its name": object("ClusterRole", rules(["get"], { resourceNames: ["one"] })),
    "writing only": object("ClusterRole", rules(["create"])),
  },
  violates: {
    "all of the cluster": [object("ClusterRole", rules(["get", "list"])), "get, list of every Secret"],
    "a list by name, which is a list": [object("ClusterRole", rules(["list"], { resourceNames: ["one"] })), "rules[0]"],
  },
});
