// Firewall rules must not let the whole internet in.
import { gcpRule } from "../../kinds/gcp.ts";
import { checkRanges } from "../../kinds/ranges.ts";
import { each, independently } from "../../unknown.ts";
import { items, texts } from "../../values.ts";

export const firewall = gcpRule({
  name: "firewall-open",
  types: ["gcp:compute/firewall:Firewall"],
  severity: "critical",
  description: "No firewall rule lets the whole internet in, and rules that allow name their ports.",
  remedy: "Name the source ranges and the ports, or let Google's load balancers in by their own ranges.",
  check: (props, report) => {
    const allows = items(props.allows);
    if (allows.length === 0 || props.direction === "EGRESS") return;
    independently(
      () =>
        checkRanges(texts(props.sourceRanges), {
          rangeOf: (cidr) => ({ cidr }),
          pathOf: (_, i) => `sourceRanges[${i}]`,
          ...{ path: "sourceRanges", right: "name a range", report },
        }),
      () =>
        each(allows, (allowed, i) => {
          const protocol = String(allowed.protocol).toLowerCase();
          const isOpen = protocol === "all" || (["tcp", "udp"].includes(protocol) && texts(allowed.ports).length === 0);
          if (isOpen) report(`allows[${i}].ports`, "all ports are open", "name those needed");
        }),
    );
  },
});
