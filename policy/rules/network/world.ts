// NetworkPolicies must not open the whole internet without a stated reason.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { policyRule } from "../../kinds/network-policies.ts";
import { reasonOf } from "../../kinds/objects.ts";
import { each } from "../../unknown.ts";
import { at, isEverywhere } from "../../values.ts";

export const world = policyRule(
  {
    name: "network-world",
    severity: "high",
    description: `NetworkPolicies name no range that is the whole internet, unless the annotation ${ANNOTATIONS.internet} says why.`,
    remedy: `Give the addresses that are needed, or say in the annotation ${ANNOTATIONS.internet} what needs the internet.`,
  },
  ({ object, rule: { path, peers } }, report) =>
    each(peers, (peer, i) => {
      const cidr = String(at(peer, "ipBlock", "cidr"));
      if (isEverywhere(cidr) && !reasonOf(object, ANNOTATIONS.internet))
        report(
          `${path}[${i}].ipBlock.cidr`,
          `${cidr} is the whole internet`,
          `give the addresses that are needed, or the annotation ${ANNOTATIONS.internet} with the reason`,
        );
    }),
);
