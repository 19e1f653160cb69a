// Steps say what they need and what they may take.
import { stepRule } from "../../kinds/workflows.ts";
import { fields } from "../../values.ts";

export const stepResources = stepRule(
  {
    name: "workflow-resources",
    severity: "medium",
    description: "Steps have requests for cpu and memory and a limit for memory.",
    remedy: "Set resources.requests and resources.limits.memory on the step's container.",
  },
  ({ containers }, report) => {
    for (const { path, container } of containers) {
      const { requests, limits } = fields(container.resources);
      for (const name of ["cpu", "memory"])
        if (fields(requests)[name] === undefined)
          report(`${path}.resources.requests.${name}`, "missing", "say what it needs, so that it is placed well");
      if (fields(limits).memory === undefined)
        report(`${path}.resources.limits.memory`, "missing", "say what it may take, so that it can't starve others");
    }
  },
);
