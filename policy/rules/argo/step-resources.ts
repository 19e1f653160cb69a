// Steps say what they need and what they may take.
import { checkResources } from "../../kinds/resources.ts";
import { stepRule } from "../../kinds/workflows.ts";

export const stepResources = stepRule(
  {
    name: "workflow-resources",
    severity: "medium",
    description: "Steps have requests for cpu and memory and a limit for memory.",
    remedy: "Set resources.requests and resources.limits.memory on the step's container.",
  },
  ({ containers }, report) => {
    for (const { path, container } of containers) checkResources(container, path, report);
  },
);
