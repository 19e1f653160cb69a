// What policy rbac-approvers lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { approvers } from "./approvers.ts";

const binding = (subject: object, role = "agentic-approver") =>
  object("RoleBinding", { roleRef: { name: role }, subjects: [subject] });
const account = (namespace: string, name: string) => ({ kind: "ServiceAccount", namespace, name });

table(approvers, {
  passes: {
    "a person": binding({ kind: "User", name: "ann" }),
    "a group": binding({ kind: "Group", name: "reviewers" }),
    "a team's program": binding(account("tools", "review-bot")),
    "the operator with another role": binding(account("agentic-system", "agentic-operator"), "agentic-viewer"),
  },
  violates: {
    "the operator": [
      binding(account("agentic-system", "agentic-operator")),
      "agentic-operator would approve what it runs itself",
    ],
    "the engine, in the whole cluster": [
      object("ClusterRoleBinding", {
        roleRef: { name: "agentic-tenant-admin" },
        subjects: [account("argo-workflows", "workflow-engine")],
      }),
      "subjects[0].name",
    ],
    "the agents": [binding(account("tenant-demo", "agent")), "agent would approve"],
    "the agents by their user's name": [
      binding({ kind: "User", name: "system:serviceaccount:tenant-demo:agent" }),
      "agent would approve",
    ],
  },
});
