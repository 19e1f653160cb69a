// NetworkPolicies are enforced, by eBPF, and what they refuse is logged.
import { cluster, gcpRule } from "../../kinds/gcp.ts";

export const dataplane = gcpRule(
  [cluster],
  {
    name: "gke-dataplane-v2",
    severity: "high",
    description: "The cluster has Dataplane V2, which enforces NetworkPolicies.",
    remedy: "Set datapathProvider to ADVANCED_DATAPATH.",
  },
  ({ datapathProvider, enableAutopilot }, report) => {
    // Autopilot has nothing else.
    if (enableAutopilot !== true && datapathProvider !== "ADVANCED_DATAPATH")
      report("datapathProvider", "NetworkPolicies are not enforced", "set ADVANCED_DATAPATH");
  },
);
