// NetworkPolicies must not open the whole internet without a stated reason.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { policyRule } from "../../kinds/network-policies.ts";
import { reasonOf } from "../../kinds/objects.ts";
import { checkRanges } from "../../kinds/ranges.ts";
import { gather } from "../../unknown.ts";
import { fields, texts } from "../../values.ts";

export const world = policyRule({
  name: "network-world",
  severity: "high",
  description: `NetworkPolicies name no ranges that are the whole internet, or a third of it, by themselves or together, unless the annotation ${ANNOTATIONS.internet} says why.`,
  remedy: `Give the addresses that are needed, or say in the annotation ${ANNOTATIONS.internet} what needs the internet.`,
  check: ({ object, path, rules }, report) => {
    if (reasonOf(object, ANNOTATIONS.internet) !== undefined) return;
    const peers = gather(rules, (rule) =>
      gather(rule.peers, (peer, i) => [{ peer, path: `${rule.path}[${i}].ipBlock.cidr` }]),
    );
    checkRanges(peers, {
      rangeOf: ({ peer }) => {
        const { cidr, except } = fields(peer.ipBlock);
        return { cidr: String(cidr), except: [...texts(except)] };
      },
      pathOf: (placed) => placed.path,
      path,
      right: `give the addresses that are needed, or the annotation ${ANNOTATIONS.internet} with the reason`,
      report,
    });
  },
});
