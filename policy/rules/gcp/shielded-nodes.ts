// Nodes must be shielded: with secure boot and integrity monitoring.
import { blockAt, cluster, gcpRule, nodePool } from "../../kinds/gcp.ts";
import { each } from "../../unknown.ts";

export const shieldedNodes = gcpRule({
  name: "gke-shielded-nodes",
  types: [cluster, nodePool],
  severity: "medium",
  description: "Nodes are shielded, with secure boot and integrity monitoring.",
  remedy: "Set enableSecureBoot and enableIntegrityMonitoring in nodeConfig.shieldedInstanceConfig.",
  check: (props, report, { args }) => {
    if (args.type === cluster) {
      if (props.enableShieldedNodes === false)
        report("enableShieldedNodes", "a node can pretend to be another", "leave it out: it is on by default");
      return;
    }
    each(["enableSecureBoot", "enableIntegrityMonitoring"], (name) => {
      if (blockAt(props, "nodeConfig", "shieldedInstanceConfig")[name] !== true)
        report(`nodeConfig.shieldedInstanceConfig.${name}`, "a modified kernel would start", "set true");
    });
  },
});
