// What policy owner-labels lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { ownerLabels } from "./owner-labels.ts";

const labels = { "agentic.io/owner": "a", "agentic.io/cost-center": "b" };

table(ownerLabels, {
  passes: { both: object("Namespace", { metadata: { name: "one", labels } }) },
  violates: { neither: [object("Namespace"), "agentic.io/owner", "agentic.io/cost-center"] },
});
