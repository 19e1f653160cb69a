// The VPC is closed to the internet.
import { gcpRule } from "../../kinds/gcp.ts";
import { items, texts } from "../../values.ts";

const everywhere = new Set(["0.0.0.0/0", "::/0"]);

export const firewall = gcpRule(
  ["gcp:compute/firewall:Firewall"],
  {
    name: "firewall-open",
    severity: "critical",
    description: "No firewall rule lets the whole internet in, and rules that allow name their ports.",
    remedy: "Name the source ranges and the ports, or let Google's load balancers in by their own ranges.",
  },
  ({ direction, sourceRanges, allows }, report) => {
    if (direction === "EGRESS" || items(allows).length === 0) return;
    for (const [i, range] of texts(sourceRanges).entries())
      if (everywhere.has(range)) report(`sourceRanges[${i}]`, `${range} is the whole internet`, "name a range");
    for (const [i, { protocol, ports }] of items(allows).entries())
      if (protocol === "all" || (["tcp", "udp"].includes(String(protocol)) && texts(ports).length === 0))
        report(`allows[${i}].ports`, "all ports are open", "name those needed");
  },
);
