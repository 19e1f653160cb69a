// Autoscalers must be for a workload of the stack.
import { objectsOf, type StackObject } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { allOf, each, some, textOf } from "../../unknown.ts";
import { at, fields } from "../../values.ts";

export const autoscalerTargets = stackRule({
  name: "autoscaler-targets",
  area: "stack",
  severity: "medium",
  level: "advisory",
  description: "Each HorizontalPodAutoscaler is for a workload of the stack.",
  remedy: "Give scaleTargetRef the kind and the name of a workload in the autoscaler's namespace.",
  check: (resources, report) => {
    const all = objectsOf(resources);
    each(objectsOf(resources, "HorizontalPodAutoscaler"), ({ object, urn }) => {
      const target = fields(at(object, "spec", "scaleTargetRef"));
      const isTarget = (candidate: StackObject) =>
        allOf(
          () => candidate.kind === target.kind,
          () => at(candidate.object, "metadata", "name") === target.name,
          () => at(candidate.object, "metadata", "namespace") === at(object, "metadata", "namespace"),
        );
      if (some(all, isTarget)) return;
      const name = textOf(() => at(object, "metadata", "name"));
      const workload = `${textOf(() => target.kind)} ${textOf(() => target.name)}`;
      report(
        [`HorizontalPodAutoscaler ${name}`, `${workload} is not in the stack`, "name a workload of its namespace"],
        urn,
      );
    });
  },
});
