// Nodes must be repaired and upgraded automatically.
import { block, gcpRule, nodePool } from "../../kinds/gcp.ts";
import { each } from "../../unknown.ts";

export const nodeManagement = gcpRule({
  name: "gke-node-management",
  types: [nodePool],
  severity: "medium",
  description: "Node pools are repaired and upgraded automatically.",
  remedy: "Set management.autoRepair and management.autoUpgrade to true.",
  check: (props, report) =>
    each(["autoRepair", "autoUpgrade"], (name) => {
      if (block(props.management)[name] !== true)
        report(`management.${name}`, "nodes become outdated or stay broken", "set true");
    }),
});
