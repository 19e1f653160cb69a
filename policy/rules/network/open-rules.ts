// Rules of NetworkPolicies must name peers and ports.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { policyRule } from "../../kinds/network-policies.ts";
import { reasonOf } from "../../kinds/objects.ts";
import { independently } from "../../unknown.ts";

export const openRules = policyRule(
  {
    name: "network-open-rules",
    severity: "high",
    description: "Rules of NetworkPolicies name peers and ports: a rule without peers allows everyone.",
    remedy: `Name the peers and the ports; where the peers can't be named, say why in the annotation ${ANNOTATIONS.internet}.`,
  },
  ({ object, rule }, report) =>
    independently(
      () => {
        if (rule.peers.length === 0 && reasonOf(object, ANNOTATIONS.internet) === undefined)
          report(
            rule.path,
            "the rule allows everyone",
            `name the peers, or give the annotation ${ANNOTATIONS.internet}`,
          );
      },
      () => {
        if (rule.ports.length === 0)
          report(rule.path.replace(/\.(to|from)$/, ".ports"), "all ports are open", "name those needed");
      },
    ),
);
