// Each namespace says whose it is and who pays.
import { LABELS } from "@agentic/api/names.ts";
import { objectRule, say } from "../objects.ts";

export const ownerLabels = objectRule(
  "owner-labels",
  "Namespaces have labels for owner and cost center.",
  (object, report) => {
    if (object.kind !== "Namespace") return;
    for (const name of [LABELS.owner, LABELS.costCenter])
      if (!object.metadata?.labels?.[name])
        report(say(`metadata.labels["${name}"]`, "missing", "name the team or the cost center"));
  },
);
