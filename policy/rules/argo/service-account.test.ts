// What policy workflow-service-account lets pass, and what violates it.
import { workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { workflowAccount } from "./service-account.ts";

table(workflowAccount, {
  passes: {
    "an account of its own": workflow({ serviceAccountName: "agent", automountServiceAccountToken: false }),
    "a run of a template": workflow({ workflowTemplateRef: { name: "a" } }),
  },
  violates: {
    "nothing said": [workflow(), "spec.serviceAccountName", "spec.automountServiceAccountToken"],
    "the default account": [
      workflow({ serviceAccountName: "default", automountServiceAccountToken: false }),
      "run as the default account",
    ],
  },
});
