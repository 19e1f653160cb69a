// Finished pods and runs must be deleted after a time.
import { workflowRule } from "../../kinds/workflows.ts";
import { anyOf, every, independently } from "../../unknown.ts";
import { fields, isText } from "../../values.ts";

export const cleanUp = workflowRule({
  name: "workflow-clean-up",
  severity: "medium",
  description: "Finished pods and finished runs are deleted after a time.",
  remedy: "Set podGC.strategy, and ttlStrategy with seconds after success and after failure.",
  check: ({ spec, path, isReference }, report) => {
    if (isReference) return;
    independently(
      () => {
        if (!isText(fields(spec.podGC).strategy))
          report(
            `${path}.podGC.strategy`,
            "pods of finished runs are never deleted",
            "set OnWorkflowSuccess or OnPodCompletion",
          );
      },
      () => {
        const isSet = (name: string) => fields(spec.ttlStrategy)[`secondsAfter${name}`] !== undefined;
        const isLimited = anyOf(
          () => isSet("Completion"),
          () => every(["Success", "Failure"], isSet),
        );
        if (!isLimited) report(`${path}.ttlStrategy`, "finished runs are never deleted", "set secondsAfterCompletion");
      },
    );
  },
});
