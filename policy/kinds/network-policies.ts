// NetworkPolicies and what they allow.
import type { Report, ResourceRule, RuleText } from "../rule.ts";
import { type Fields, fields, isUnknown, items } from "../values.ts";
import { type KubeObject, objectRule } from "./objects.ts";

/** What one rule of a policy allows. */
export interface Allowance {
  /** Of its peers, such as `spec.egress[0].to`. */
  path: string;
  peers: Fields[];
  ports: Fields[];
}

/** A rule about each NetworkPolicy. */
export function policyRule(
  text: RuleText,
  check: (policy: { object: KubeObject; rules: Allowance[] }, report: Report) => void,
): ResourceRule {
  return objectRule("network", ["NetworkPolicy"], text, (object, report) =>
    check({ object, rules: allowancesOf(object) }, report),
  );
}

function allowancesOf({ spec }: KubeObject): Allowance[] {
  const sides = [
    { side: "ingress", peer: "from" },
    { side: "egress", peer: "to" },
  ];
  return sides.flatMap(({ side, peer }) =>
    items(fields(spec)[side]).map((rule, i) => ({
      path: `spec.${side}[${i}].${peer}`,
      // What isn't known yet is there, whatever it will be.
      peers: isUnknown(rule[peer]) ? [{}] : items(rule[peer]),
      ports: isUnknown(rule.ports) ? [{}] : items(rule.ports),
    })),
  );
}

/** Whether a policy selects every pod and allows nothing, in both directions. */
export function deniesAll({ spec }: KubeObject): boolean {
  const { podSelector, policyTypes, ingress, egress } = fields(spec);
  const types = Array.isArray(policyTypes) ? policyTypes : [];
  const everyPod = Object.values(fields(podSelector)).every((part) => Object.keys(part ?? {}).length === 0);
  const none = [ingress, egress].every((rules) => items(rules).length === 0);
  return everyPod && none && ["Ingress", "Egress"].every((type) => types.includes(type));
}
