// Namespaces must be labelled with owner and cost center.
import { LABELS } from "@agentic/api/names.ts";
import { objectRule } from "../../kinds/nested.ts";
import { each } from "../../unknown.ts";
import { fields, isText } from "../../values.ts";

export const ownerLabels = objectRule({
  name: "owner-labels",
  area: "cost",
  kinds: ["Namespace"],
  severity: "low",
  description: "Namespaces have labels for owner and cost center.",
  remedy: `Set the labels ${LABELS.owner} and ${LABELS.costCenter}.`,
  check: ({ metadata }, report) =>
    each([LABELS.owner, LABELS.costCenter], (name) => {
      if (!isText(fields(fields(metadata).labels)[name]))
        report(`metadata.labels["${name}"]`, "missing", "name the team or the cost center");
    }),
});
