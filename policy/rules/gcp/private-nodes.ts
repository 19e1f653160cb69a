// Nodes must have no public addresses.
import { block, cluster, gcpRule, nodePool } from "../../kinds/gcp.ts";

export const privateNodes = gcpRule({
  name: "gke-private-nodes",
  types: [cluster, nodePool],
  severity: "high",
  description: "Nodes of a cluster have no public addresses.",
  remedy: "Set privateClusterConfig.enablePrivateNodes to true; Cloud NAT lets the nodes reach the internet.",
  check: (props, report, { args }) => {
    if (args.type === cluster) {
      if (block(props.privateClusterConfig).enablePrivateNodes !== true)
        report("privateClusterConfig.enablePrivateNodes", "nodes can be reached from the internet", "set true");
    } else if (block(props.networkConfig).enablePrivateNodes === false)
      report("networkConfig.enablePrivateNodes", "the pool's nodes can be reached from the internet", "leave it out");
  },
});
