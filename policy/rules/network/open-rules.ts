// An allowance says for whom it is.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { policyRule } from "../../kinds/network-policies.ts";
import { reasonOf } from "../../kinds/objects.ts";

export const openRules = policyRule(
  {
    name: "network-open-rules",
    severity: "high",
    description: "Rules of NetworkPolicies name peers and ports: a rule without peers is for everyone.",
    remedy: `Name the peers and the ports; where the peers can't be named, say why in the annotation ${ANNOTATIONS.internet}.`,
  },
  ({ object, rules }, report) => {
    const excused = reasonOf(object, ANNOTATIONS.internet) !== undefined;
    for (const { path, peers, ports } of rules) {
      if (peers.length === 0 && !excused)
        report(path, "the rule is for everyone", `name the peers, or give the annotation ${ANNOTATIONS.internet}`);
      if (ports.length === 0) report(path.replace(/\.(to|from)$/, ".ports"), "all ports are open", "name those needed");
    }
  },
);
