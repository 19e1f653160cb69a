// One run doesn't take the whole cluster.
import { workflowRule } from "../../kinds/workflows.ts";
import { items } from "../../values.ts";

export const parallelism = workflowRule(
  {
    name: "workflow-parallelism",
    severity: "medium",
    description: "Workflows limit how many of their pods run at once.",
    remedy: "Set parallelism on the workflow's spec, and on a template that loops over what it is given.",
  },
  ({ spec, path, templates, isReference }, report) => {
    if (isReference) return;
    if (spec.parallelism === undefined)
      report(`${path}.parallelism`, "one run may start any number of pods", "set how many may run at once");
    for (const { template, path: where } of templates) {
      const tasks = [...items((template.dag as { tasks?: unknown })?.tasks), ...stepsOf(template.steps)];
      const loops = tasks.some((task) => task.withParam !== undefined || task.withSequence !== undefined);
      if (loops && template.parallelism === undefined && spec.parallelism === undefined)
        report(
          `${where}.parallelism`,
          "its loop has as many pods as it is given items",
          "set how many may run at once",
        );
    }
  },
);

const stepsOf = (steps: unknown) => (Array.isArray(steps) ? steps.flatMap((group) => items(group)) : []);
