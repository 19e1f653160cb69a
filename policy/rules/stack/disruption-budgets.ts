// Replicated workloads must have a PodDisruptionBudget that allows some disruption.
import { objectsOf, type StackObject, selects } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { allOf, anyOf, each, independently, some, textOf } from "../../unknown.ts";
import { at, type Fields, fields } from "../../values.ts";

export const disruptionBudgets = stackRule({
  name: "disruption-budgets",
  area: "stack",
  severity: "medium",
  description: "A workload with more than one replica has a PodDisruptionBudget that allows evicting some of them.",
  remedy: "Add a PodDisruptionBudget with maxUnavailable: 1 that selects the pods.",
  check: (resources, report) => {
    const budgets = objectsOf(resources, "PodDisruptionBudget");
    each(budgets, ({ object, urn }) => {
      const name = textOf(() => at(object, "metadata", "name"));
      if (isFrozen(fields(object.spec)))
        report(
          [`PodDisruptionBudget ${name}`, "it allows no eviction: no node can be drained", "set maxUnavailable 1"],
          urn,
        );
    });
    each(objectsOf(resources, "Deployment", "StatefulSet"), ({ object, kind, urn }) => {
      const replicas = Number(at(object, "spec", "replicas"));
      if (!(replicas > 1)) return;
      const where = `${kind} ${textOf(() => at(object, "metadata", "namespace"))}/${textOf(() => at(object, "metadata", "name"))}`;
      const isOwn = ({ object: budget }: StackObject) =>
        allOf(
          () => at(budget, "metadata", "namespace") === at(object, "metadata", "namespace"),
          () => selects(at(budget, "spec", "selector"), fields(at(object, "spec", "template", "metadata", "labels"))),
        );
      independently(
        () => {
          if (!some(budgets, isOwn))
            report(
              [
                where,
                `all ${replicas} replicas may be drained at once`,
                "add a PodDisruptionBudget with maxUnavailable 1",
              ],
              urn,
            );
        },
        () =>
          each(budgets, (budget) => {
            const isStuck = allOf(
              () => isOwn(budget),
              () => Number(at(budget.object, "spec", "minAvailable") ?? 0) >= replicas,
            );
            const name = textOf(() => at(budget.object, "metadata", "name"));
            if (isStuck)
              report([where, `${name} allows no eviction: no node can be drained`, "set maxUnavailable 1"], urn);
          }),
      );
    });
  },
});

/** Whether a budget wants every pod to be there, however many there are. */
const isFrozen = (budget: Fields): boolean =>
  anyOf(
    () => ["0", "0%"].includes(String(budget.maxUnavailable)),
    () => budget.minAvailable === "100%",
  );
