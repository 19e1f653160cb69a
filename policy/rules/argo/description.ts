// Templates and their parameters must have a description for their users.
import { workflowRule } from "../../kinds/workflows.ts";
import { each, independently, textOf } from "../../unknown.ts";
import { fields, isText, items } from "../../values.ts";

const annotation = "workflows.argoproj.io/description";

export const description = workflowRule({
  name: "workflow-description",
  severity: "low",
  description: "Templates and each of their parameters are described.",
  remedy: `Set the annotation ${annotation} and every parameter's description.`,
  check: (workflow, report) => {
    const { object, kind, objectPath, path } = workflow;
    if (kind === "Workflow") return;
    independently(
      () => {
        if (!isText(fields(fields(object.metadata).annotations)[annotation]))
          report(`${objectPath}metadata.annotations["${annotation}"]`, "missing", "say in a sentence what it does");
      },
      () =>
        each(items(fields(workflow.spec.arguments).parameters), (parameter, i) => {
          if (!isText(parameter.description))
            report(
              `${path}.arguments.parameters[${i}] (${textOf(() => parameter.name)}).description`,
              "missing",
              "say what it means",
            );
        }),
    );
  },
});
