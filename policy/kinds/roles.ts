// Rules over roles and role bindings.
import type { Report, ResourceRule, RuleText } from "../rule.ts";
import { each } from "../unknown.ts";
import { type Fields, items } from "../values.ts";
import { type KubeObject, objectRule } from "./objects.ts";
import { kindOf } from "./types.ts";

/** A rule about each rule of a Role or ClusterRole. */
export function roleRule(
  text: RuleText,
  check: (one: { rule: Fields; path: string; cluster: boolean }, report: Report) => void,
): ResourceRule {
  return objectRule("rbac", ["Role", "ClusterRole"], text, ({ rules }, report, { args }) => {
    const cluster = kindOf(args.type) === "ClusterRole";
    each(items(rules), (rule, i) => check({ rule, path: `rules[${i}]`, cluster }, report));
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
