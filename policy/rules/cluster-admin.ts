// Nobody is given the whole cluster.
import { fields, items, objectRule, say } from "../objects.ts";

const everyone = new Set(["system:unauthenticated", "system:authenticated", "system:anonymous", "system:masters"]);

export const clusterAdmin = objectRule(
  "cluster-admin",
  "No binding gives cluster-admin, and none is for everyone.",
  (object, report) => {
    if (object.kind !== "RoleBinding" && object.kind !== "ClusterRoleBinding") return;
    if (fields(object.roleRef).name === "cluster-admin")
      report(say("roleRef.name", "cluster-admin may do everything", "bind a role that names what is needed"));
    for (const { name } of items(object.subjects))
      if (everyone.has(String(name)))
        report(say("subjects", `${name} is anybody or everything`, "name the service account that needs it"));
  },
);
