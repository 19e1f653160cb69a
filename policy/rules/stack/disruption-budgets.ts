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
              () => allowsNoEviction(fields(budget.object.spec), replicas),
            );
            const name = textOf(() => at(budget.object, "metadata", "name"));
            if (isStuck)
              report([where, `${name} allows no eviction: no node can be drained`, "set maxUnavailable 1"], urn);
          }),
      );
    });
  },
});

/** Whether a budget wants all of so many replicas to be there. */
const allowsNoEviction = (budget: Fields, replicas: number): boolean =>
  anyOf(
    () => ["0", "0%"].includes(String(budget.maxUnavailable)),
    () => budget.minAvailable === "100%" || Number(budget.minAvailable ?? 0) >= replicas,
  );
