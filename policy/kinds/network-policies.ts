// Rules over NetworkPolicies: what each of their rules allows.
import type { CheckedRule, ResourceRule } from "../rule.ts";
import { allOf, each, every, gather, includes, ownField } from "../unknown.ts";
import { type Fields, fields, items, texts } from "../values.ts";
import { objectRule } from "./nested.ts";
import type { KubeObject } from "./objects.ts";
import { selectsByName } from "./selectors.ts";

/** What a NetworkPolicy allows on one side. */
export interface Side {
  object: KubeObject;
  /** Of its list of rules: `spec.ingress` or `spec.egress`. */
  path: string;
  readonly rules: readonly Allowance[];
}

/** The peers and ports that one rule of a NetworkPolicy allows. */
export interface Allowance {
  /** Path of its peers, such as `spec.egress[0].to`. */
  path: string;
  readonly peers: Fields[];
  readonly ports: Fields[];
}

/** A rule about what each NetworkPolicy allows on each side that it is in effect for. */
export const policyRule = ({ check, ...text }: CheckedRule<Side>): ResourceRule =>
  objectRule({
    ...text,
    area: "network",
    kinds: ["NetworkPolicy"],
    check: (object, report, context) => each(sidesOf(object), (side) => check(side, report, context)),
  });

const sides = [
  { type: "Ingress", field: "ingress", peer: "from" },
  { type: "Egress", field: "egress", peer: "to" },
] as const;

/** The sides for which a policy is in effect; rules of another side are ignored. Without policyTypes, each side with rules is in effect. */
function sidesOf(object: KubeObject): Side[] {
  const spec = fields(object.spec);
  // A patch that leaves the types out may be of a policy for any of them.
  const types = texts(ownField(spec, "policyTypes"));
  return gather(sides, ({ type, field, peer }) => {
    if (types.length > 0 && !includes(types, type)) return [];
    const path = `spec.${field}`;
    const rules = gather(items(spec[field]), (rule, i) => [
      {
        path: `${path}[${i}].${peer}`,
        get peers() {
          return items(rule[peer]);
        },
        get ports() {
          return items(rule.ports);
        },
      },
    ]);
    return [{ object, path, rules }];
  });
}

/** Whether a peer is any pod of the cluster: neither its namespace nor the pod itself is chosen by a label that it has. */
export const isAnyPod = (peer: Fields): boolean =>
  allOf(
    () => !peer.ipBlock,
    () => !!peer.namespaceSelector || !peer.podSelector,
    () => !selectsByName(fields(peer.namespaceSelector)),
    () => !selectsByName(fields(peer.podSelector)),
  );

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
