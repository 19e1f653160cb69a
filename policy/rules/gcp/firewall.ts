// Firewall rules must not let the whole internet in.
import { gcpRule } from "../../kinds/gcp.ts";
import { each, independently } from "../../unknown.ts";
import { isEverywhere, items, texts } from "../../values.ts";

export const firewall = gcpRule(
  ["gcp:compute/firewall:Firewall"],
  {
    name: "firewall-open",
    severity: "critical",
    description: "No firewall rule lets the whole internet in, and rules that allow name their ports.",
    remedy: "Name the source ranges and the ports, or let Google's load balancers in by their own ranges.",
  },
  (props, report) => {
    const allows = items(props.allows);
    if (allows.length === 0 || props.direction === "EGRESS") return;
    independently(
      () =>
        each(texts(props.sourceRanges), (range, i) => {
          if (isEverywhere(range)) report(`sourceRanges[${i}]`, `${range} is the whole internet`, "name a range");
        }),
      () =>
        each(allows, (allowed, i) => {
          const protocol = String(allowed.protocol).toLowerCase();
          const isOpen = protocol === "all" || (["tcp", "udp"].includes(protocol) && texts(allowed.ports).length === 0);
          if (isOpen) report(`allows[${i}].ports`, "all ports are open", "name those needed");
        }),
    );
  },
);
