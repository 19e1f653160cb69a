// What policy rbac-cluster-admin lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { clusterAdmin } from "./cluster-admin.ts";

table(clusterAdmin, {
  passes: { "a role of its own": object("ClusterRoleBinding", { roleRef: { name: "operator" } }) },
  violates: {
    "in the whole cluster": [object("ClusterRoleBinding", { roleRef: { name: "cluster-admin" } }), "roleRef.name"],
    "in one namespace": [object("RoleBinding", { roleRef: { name: "cluster-admin" } }), "roleRef.name"],
  },
});
