// Rules of NetworkPolicies must name peers and ports.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { isAnyPod, policyRule } from "../../kinds/network-policies.ts";
import { reasonOf } from "../../kinds/objects.ts";
import { each, independently } from "../../unknown.ts";

export const openRules = policyRule({
  name: "network-open-rules",
  severity: "high",
  description:
    "Rules of NetworkPolicies name peers and ports: a rule without peers allows everyone, and an empty namespaceSelector every pod of the cluster.",
  remedy: `Name the peers and the ports; where the peers can't be named, say why in the annotation ${ANNOTATIONS.internet}, or ${ANNOTATIONS.allNamespaces} where they are pods.`,
  check: ({ object, rules }, report) =>
    each(rules, (rule) =>
      independently(
        () => {
          if (rule.peers.length === 0 && reasonOf(object, ANNOTATIONS.internet) === undefined)
            report(
              rule.path,
              "the rule allows everyone",
              `name the peers, or give the annotation ${ANNOTATIONS.internet}`,
            );
        },
        () =>
          each(rule.peers, (peer, i) => {
            if (isAnyPod(peer) && reasonOf(object, ANNOTATIONS.allNamespaces) === undefined)
              report(
                `${rule.path}[${i}].namespaceSelector`,
                "the rule allows the pods of every namespace",
                `select namespaces or pods by a label that they have, or give the annotation ${ANNOTATIONS.allNamespaces}`,
              );
          }),
        () => {
          if (rule.ports.length === 0)
            report(rule.path.replace(/\.(to|from)$/, ".ports"), "all ports are open", "name those needed");
        },
      ),
    ),
});
