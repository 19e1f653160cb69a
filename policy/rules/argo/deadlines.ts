// Steps and gates must have a deadline, so that nothing hangs.
import { workflowRule } from "../../kinds/workflows.ts";
import { each, independently } from "../../unknown.ts";
import { fields, isText } from "../../values.ts";

export const deadlines = workflowRule({
  name: "workflow-deadlines",
  severity: "high",
  description: "Steps have a deadline, and gates wait for an answer only for a limited time.",
  remedy: "Set activeDeadlineSeconds on the template, and suspend.duration on a gate.",
  check: ({ templates, spec }, report) =>
    each(templates, ({ template, path, containers }) =>
      independently(
        () => {
          const own = () => template.activeDeadlineSeconds ?? fields(spec.templateDefaults).activeDeadlineSeconds;
          if (containers.length > 0 && own() === undefined)
            report(
              `${path}.activeDeadlineSeconds`,
              "the step may run without end",
              "set the seconds that one attempt may take",
            );
        },
        () => {
          if (template.suspend !== undefined && !isText(String(fields(template.suspend).duration ?? "")))
            report(`${path}.suspend.duration`, "the gate may wait without end", "set how long it may wait");
        },
      ),
    ),
});
