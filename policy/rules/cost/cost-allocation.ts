// Clusters must split their bill by namespace and label.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";

export const costAllocation = gcpRule({
  name: "cost-allocation",
  area: "cost",
  types: [cluster],
  severity: "low",
  description: "The cluster's bill is split by namespace and label.",
  remedy: "Set costManagementConfig.enabled to true.",
  check: (props, report) => {
    if (block(props.costManagementConfig).enabled !== true)
      report("costManagementConfig.enabled", "the bill doesn't say which tenant costs what", "set true");
  },
});
