// Templates must name an owner, a cost center and a runbook.
import { ANNOTATIONS, LABELS } from "@agentic/api/names.ts";
import { workflowRule } from "../../kinds/workflows.ts";
import { each, some } from "../../unknown.ts";
import { fields, isText } from "../../values.ts";

const requiredAnnotations: readonly [string, string][] = [
  [LABELS.owner, "name the team that answers for it"],
  [LABELS.costCenter, "name who pays for its runs"],
  [ANNOTATIONS.runbook, "name the page that says what to do when it fails"],
];

export const ownership = workflowRule({
  name: "workflow-ownership",
  severity: "low",
  description: "Templates name their owner, their cost center and their runbook.",
  remedy: `Set the annotations ${requiredAnnotations.map(([name]) => name).join(", ")}.`,
  check: ({ object, kind, objectPath }, report) => {
    if (kind === "Workflow") return;
    each(requiredAnnotations, ([name, right]) => {
      const isGiven = some(["annotations", "labels"], (part) => isText(fields(fields(object.metadata)[part])[name]));
      if (!isGiven) report(`${objectPath}metadata.annotations["${name}"]`, "missing", right);
    });
  },
});
