// What policy rbac-escalation lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { escalation } from "./escalation.ts";

const group = "rbac.authorization.k8s.io";
const role = (resources: string[], verbs: string[], apiGroups = [group]) =>
  object("ClusterRole", { rules: [{ apiGroups, resources, verbs }] });

table(escalation, {
  passes: {
    "reading roles": role(["roles"], ["get", "list"]),
    "everything about bindings": role(["rolebindings"], ["*"]),
    "binding what is of another kind": role(["apiexports"], ["bind"], ["apis.kcp.io"]),
    "binding one Role by its name": object("Role", {
      rules: [{ apiGroups: [group], resources: ["roles"], resourceNames: ["one"], verbs: ["bind"] }],
    }),
    "everything about pods": role(["pods"], ["*"], [""]),
  },
  violates: {
    "raising oneself": [role(["roles"], ["get", "escalate", "bind"]), "escalate, bind raise privileges"],
    "being somebody else's scopes": [
      role(["userextras/scopes"], ["impersonate"], ["authentication.k8s.io"]),
      "impersonate",
    ],
    "binding in no group": [role(["roles"], ["bind"], []), "bind raise privileges"],
    "binding a ClusterRole by its name": [
      object("Role", {
        rules: [{ apiGroups: [group], resources: ["roles", "clusterroles"], resourceNames: ["one"], verbs: ["bind"] }],
      }),
      "bind raise privileges",
    ],
    "raising a Role by its name": [
      object("Role", {
        rules: [{ apiGroups: [group], resources: ["roles"], resourceNames: ["one"], verbs: ["escalate"] }],
      }),
      "escalate raise privileges",
    ],
    "every verb of roles": [role(["clusterroles"], ["*"]), "* (escalate, bind) raise privileges"],
    "every verb of accounts": [role(["serviceaccounts"], ["*"], [""]), "* (impersonate) raise privileges"],
    "every verb of others' marks": [role(["userextras"], ["*"], ["authentication.k8s.io"]), "* (impersonate)"],
    "every verb of everything": [role(["*"], ["*"], ["*"]), "* (escalate, bind, impersonate) raise privileges"],
  },
});
