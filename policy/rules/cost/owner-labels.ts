// Each namespace says whose it is and who pays.
import { LABELS } from "@agentic/api/names.ts";
import { objectRule } from "../../kinds/objects.ts";

export const ownerLabels = objectRule(
  "cost",
  ["Namespace"],
  {
    name: "owner-labels",
    severity: "low",
    description: "Namespaces have labels for owner and cost center.",
    remedy: `Set the labels ${LABELS.owner} and ${LABELS.costCenter}.`,
  },
  ({ metadata }, report) => {
    for (const name of [LABELS.owner, LABELS.costCenter])
      if (!metadata?.labels?.[name])
        report(`metadata.labels["${name}"]`, "missing", "name the team or the cost center");
  },
);
