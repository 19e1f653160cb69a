// Whoever drains a node leaves enough replicas of everything.
import { objectsOf, selects } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { at, fields, isText } from "../../values.ts";

export const disruptionBudgets = stackRule(
  "stack",
  {
    name: "disruption-budgets",
    severity: "medium",
    description: "What has more than one replica has a PodDisruptionBudget that lets some of them go.",
    remedy: "Add a PodDisruptionBudget with maxUnavailable: 1 that selects the pods.",
  },
  (resources, report) => {
    const budgets = objectsOf(resources, "PodDisruptionBudget");
    for (const { object, kind, urn } of objectsOf(resources, "Deployment", "StatefulSet")) {
      const replicas = at(object, "spec", "replicas");
      if (typeof replicas !== "number" || replicas < 2) continue;
      const labels = fields(at(object, "spec", "template", "metadata", "labels"));
      const where = `${kind} ${object.metadata?.namespace}/${object.metadata?.name}`;
      const own = budgets.filter(
        ({ object: one }) =>
          one.metadata?.namespace === object.metadata?.namespace && selects(at(one, "spec", "selector"), labels),
      );
      if (own.length === 0)
        report(
          [where, `all ${replicas} replicas may be drained at once`, "add a PodDisruptionBudget with maxUnavailable 1"],
          urn,
        );
      for (const { object: budget } of own) {
        const { minAvailable, maxUnavailable } = fields(budget.spec);
        const stuck =
          maxUnavailable === 0 ||
          maxUnavailable === "0%" ||
          minAvailable === "100%" ||
          Number(minAvailable) >= replicas;
        if (stuck && (isText(minAvailable) || minAvailable !== undefined || maxUnavailable !== undefined))
          report(
            [where, `${budget.metadata?.name} lets no replica go: no node can be drained`, "set maxUnavailable 1"],
            urn,
          );
      }
    }
  },
);
