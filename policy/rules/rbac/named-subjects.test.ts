// What policy rbac-named-subjects lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { namedSubjects } from "./named-subjects.ts";

const binding = (kind: string, name: string) => object("RoleBinding", { subjects: [{ kind, name }] });

table(namedSubjects, {
  passes: { "one account": binding("ServiceAccount", "agent"), "a team": binding("Group", "team") },
  violates: {
    everybody: [binding("Group", "system:authenticated"), "is not a single account or group of people"],
    "every account of a namespace": [
      binding("Group", "system:serviceaccounts:one"),
      "is not a single account or group of people",
    ],
    "the default account by its user's name": [
      binding("User", "system:serviceaccount:one:default"),
      "every pod without an account of its own",
    ],
    "the default account": [binding("ServiceAccount", "default"), "every pod without an account of its own"],
  },
});
