// Who chooses a template reads what it does and what its parameters mean.
import { workflowRule } from "../../kinds/workflows.ts";
import { fields, isText, items } from "../../values.ts";

const annotation = "workflows.argoproj.io/description";

export const description = workflowRule(
  {
    name: "workflow-description",
    severity: "low",
    description: "Templates and each of their parameters are described.",
    remedy: `Set the annotation ${annotation} and every parameter's description.`,
  },
  ({ object, kind, path, spec }, report) => {
    if (kind === "Workflow") return;
    if (!isText(object.metadata?.annotations?.[annotation]))
      report(`metadata.annotations["${annotation}"]`, "missing", "say in a sentence what it does");
    for (const [i, parameter] of items(fields(spec.arguments).parameters).entries())
      if (!isText(parameter.description))
        report(`${path}.arguments.parameters[${i}] (${parameter.name}).description`, "missing", "say what it means");
  },
);
