// What hangs is ended.
import { workflowRule } from "../../kinds/workflows.ts";
import { fields, isText } from "../../values.ts";

export const deadlines = workflowRule(
  {
    name: "workflow-deadlines",
    severity: "high",
    description: "Steps have a deadline, and gates that wait for an answer have an end.",
    remedy: "Set activeDeadlineSeconds on the template, and suspend.duration on a gate.",
  },
  ({ templates, spec }, report) => {
    const shared = fields(spec.templateDefaults).activeDeadlineSeconds;
    for (const { template, path, containers } of templates) {
      if (containers.length > 0 && (template.activeDeadlineSeconds ?? shared) === undefined)
        report(
          `${path}.activeDeadlineSeconds`,
          "the step may run for ever",
          "set the seconds that one attempt may take",
        );
      if (template.suspend !== undefined && !isText(String(fields(template.suspend).duration ?? "")))
        report(`${path}.suspend.duration`, "the gate may wait for ever", "set how long it waits");
    }
  },
);
