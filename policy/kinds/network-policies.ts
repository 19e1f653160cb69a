// Rules over NetworkPolicies: what each of their rules allows.
import type { Report, ResourceRule, RuleText } from "../rule.ts";
import { allOf, each, every, gather, includes } from "../unknown.ts";
import { type Fields, fields, items, texts } from "../values.ts";
import { objectRule } from "./nested.ts";
import type { KubeObject } from "./objects.ts";

/** The peers and ports that one rule of a NetworkPolicy allows. */
export interface Allowance {
  /** Path of its peers, such as `spec.egress[0].to`. */
  path: string;
  readonly peers: Fields[];
  readonly ports: Fields[];
}

/** A rule about what each NetworkPolicy allows. */
export function policyRule(
  text: RuleText,
  check: (policy: { object: KubeObject; rule: Allowance }, report: Report) => void,
): ResourceRule {
  return objectRule("network", ["NetworkPolicy"], text, (object, report) =>
    each(allowancesOf(object), (rule) => check({ object, rule }, report)),
  );
}

function allowancesOf({ spec }: KubeObject): Allowance[] {
  const sides = [
    { side: "ingress", peer: "from" },
    { side: "egress", peer: "to" },
  ];
  return gather(sides, ({ side, peer }) =>
    gather(items(fields(spec)[side]), (rule, i) => [
      {
        path: `spec.${side}[${i}].${peer}`,
        get peers() {
          return items(rule[peer]);
        },
        get ports() {
          return items(rule.ports);
        },
      },
    ]),
  );
}

/** Whether a policy selects every pod and allows nothing, in both directions. */
export function deniesAll({ spec }: KubeObject): boolean {
  const policy = fields(spec);
  return allOf(
    () => {
      const selector = fields(policy.podSelector);
      return allOf(
        () =>
          Object.keys(fields(selector.matchLabels)).every((name) => fields(selector.matchLabels)[name] === undefined),
        () => items(selector.matchExpressions).length === 0,
      );
    },
    () => every(["ingress", "egress"], (side) => items(policy[side]).length === 0),
    () => Array.isArray(policy.policyTypes) && policy.policyTypes.length > 1,
    () => every(["Ingress", "Egress"], (type) => includes(texts(policy.policyTypes), type)),
  );
}
