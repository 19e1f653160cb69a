// Workflows must limit their parallelism, so that one run can't take the whole cluster.
import { callsOf, workflowRule } from "../../kinds/workflows.ts";
import { allOf, each, independently, some } from "../../unknown.ts";
import type { Fields } from "../../values.ts";

export const parallelism = workflowRule({
  name: "workflow-parallelism",
  severity: "medium",
  description: "Workflows limit how many of their pods run at once.",
  remedy: "Set parallelism on the workflow's spec, and on each template that loops over given items.",
  check: (workflow, report) => {
    const { spec, path, isReference } = workflow;
    if (isReference) return;
    const isUnlimited = (spec: Fields) => spec.parallelism === undefined || spec.parallelism === null;
    independently(
      () => {
        if (isUnlimited(spec))
          report(`${path}.parallelism`, "one run may start any number of pods", "set how many may run at once");
      },
      () =>
        each(workflow.templates, ({ template, path: where }) => {
          const isAtRisk = allOf(
            () => isUnlimited(spec),
            () => isUnlimited(template),
            () =>
              some(callsOf(template), ({ task }) =>
                some(["withParam", "withSequence"], (loop) => task[loop] !== undefined),
              ),
          );
          if (isAtRisk)
            report(
              `${where}.parallelism`,
              "its loop starts a pod for every item at the same time",
              "set how many may run at once",
            );
        }),
    );
  },
});
