// Rules over roles and role bindings, read as the API server reads them.
import type { CheckedRule, Report, ResourceRule, RuleText } from "../rule.ts";
import { allOf, anyOf, each, gather, some } from "../unknown.ts";
import { type Fields, items, texts } from "../values.ts";
import { objectRule } from "./nested.ts";
import type { KubeObject } from "./objects.ts";
import { kindOf } from "./types.ts";

/** One rule of a Role or ClusterRole. */
export interface RoleRule {
  rule: Fields;
  path: string;
  /** Whether it is a ClusterRole's. */
  cluster: boolean;
}

interface RoleRuleParts extends CheckedRule<RoleRule> {
  /** Checks what a role says beside its rules. */
  checkWhole?: (role: KubeObject, report: Report) => void;
}

/** A rule about each rule of a Role or ClusterRole. */
export const roleRule = ({ check, checkWhole, ...text }: RoleRuleParts): ResourceRule =>
  objectRule({
    ...text,
    area: "rbac",
    kinds: ["Role", "ClusterRole"],
    check: (role, report, context) => {
      const cluster = kindOf(context.args.type) === "ClusterRole";
      each(items(role.rules), (rule, i) => check({ rule, path: `rules[${i}]`, cluster }, report, context));
      checkWhole?.(role, report);
    },
  });

/** Something that a role may allow: verbs on a resource, such as `pods/exec`, of a group; "" is the core group. */
export interface Right {
  group: string;
  resource: string;
  verbs: readonly string[];
}

/**
 * The verbs of a right that a rule grants, by the API server's own rules: `*` is every group, resource with subresources, and
 * verb; `*` before a slash is that subresource of everything. A resource without its subresource doesn't give that, nor `pods/*` any.
 * A rule without groups, which the API server refuses, counts for every group.
 */
export function grantedVerbs(rule: Fields, { group, resource, verbs }: Right): string[] {
  const [, subresource] = resource.split("/");
  const names = ["*", resource, ...(subresource === undefined ? [] : [`*/${subresource}`])];
  const matches = allOf(
    () => some(texts(rule.resources), (name) => names.includes(name)),
    () =>
      anyOf(
        () => !Array.isArray(rule.apiGroups) || rule.apiGroups.length === 0,
        () => some(texts(rule.apiGroups), (name) => name === "*" || name === group),
      ),
  );
  if (!matches) return [];
  return gather(texts(rule.verbs), (verb) => (verb === "*" || verbs.includes(verb) ? [verb] : []));
}

/** Whether a rule holds only for objects that it names. */
export const isNamed = ({ resourceNames }: Fields): boolean => Array.isArray(resourceNames) && resourceNames.length > 0;

interface BindingRuleParts extends RuleText {
  check: (binding: KubeObject, subjects: Fields[], report: Report) => void;
}

/** A rule about each RoleBinding and ClusterRoleBinding. */
export const bindingRule = ({ check, ...text }: BindingRuleParts): ResourceRule =>
  objectRule({
    ...text,
    area: "rbac",
    kinds: ["RoleBinding", "ClusterRoleBinding"],
    check: (binding, report) => check(binding, items(binding.subjects), report),
  });
