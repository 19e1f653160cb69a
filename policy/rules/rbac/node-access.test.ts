import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { nodeAccess } from "./node-access.ts";

const rules = (resource: string, more = {}) => ({ rules: [{ resources: [resource], verbs: ["create"], ...more }] });

table(nodeAccess, {
  passes: {
    "nodes themselves": object("ClusterRole", rules("nodes")),
    "the token of one account": object("ClusterRole", rules("serviceaccounts/token", { resourceNames: ["one"] })),
    "tokens in one namespace": object("Role", rules("serviceaccounts/token")),
  },
  violates: {
    kubelets: [object("ClusterRole", rules("nodes/proxy")), "nodes/proxy"],
    "anybody's token": [object("ClusterRole", rules("serviceaccounts/token")), "tokens of any account"],
  },
});
