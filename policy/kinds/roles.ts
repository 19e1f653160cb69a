// Roles and their bindings.
import type { Report, ResourceRule, RuleText } from "../rule.ts";
import { type Fields, items } from "../values.ts";
import { type KubeObject, objectRule } from "./objects.ts";

/** A rule about each rule of a Role or ClusterRole. */
export function roleRule(
  text: RuleText,
  check: (one: { rule: Fields; path: string; cluster: boolean }, report: Report) => void,
): ResourceRule {
  return objectRule("rbac", ["Role", "ClusterRole"], text, ({ kind, rules }, report) => {
    for (const [i, rule] of items(rules).entries())
      check({ rule, path: `rules[${i}]`, cluster: kind === "ClusterRole" }, report);
  });
}

/** A rule about each RoleBinding and ClusterRoleBinding. */
export function bindingRule(
  text: RuleText,
  check: (binding: KubeObject, subjects: Fields[], report: Report) => void,
): ResourceRule {
  return objectRule("rbac", ["RoleBinding", "ClusterRoleBinding"], text, (binding, report) =>
    check(binding, items(binding.subjects), report),
  );
}
