// What policy rbac-cluster-secrets lets pass, and what violates it.
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
    "secrets of another group": object("ClusterRole", rules(["get"], { apiGroups: ["vault.example.com"] })),
    "everything of another group": object("ClusterRole", {
      rules: [{ apiGroups: ["apps"], resources: ["*"], verbs: ["*"] }],
    }),
    "a subresource of everything": object("ClusterRole", rules(["get"], { resources: ["*/status"] })),
    "what the API server knows for none": object("ClusterRole", rules(["get"], { resources: ["secrets/*"] })),
    "addresses only": object("ClusterRole", { rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }] }),
  },
  violates: {
    "all of the cluster": [object("ClusterRole", rules(["get", "list"])), "get, list of every Secret"],
    "all resources": [object("ClusterRole", rules(["get"], { resources: ["*"] })), "get of every Secret"],
    "all groups": [object("ClusterRole", rules(["watch"], { apiGroups: ["*"] })), "watch of every Secret"],
    "all verbs": [object("ClusterRole", rules(["*"])), "* of every Secret"],
    "all verbs by name": [object("ClusterRole", rules(["*"], { resourceNames: ["one"] })), "* of every Secret"],
    "a list by name, which is a list": [object("ClusterRole", rules(["list"], { resourceNames: ["one"] })), "rules[0]"],
  },
});
