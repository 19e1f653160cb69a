// Clusters must use Dataplane V2, which enforces NetworkPolicies.
import { cluster, gcpRule } from "../../kinds/gcp.ts";
import { anyOf } from "../../unknown.ts";

export const dataplane = gcpRule({
  name: "gke-dataplane-v2",
  types: [cluster],
  severity: "high",
  description: "The cluster has Dataplane V2, which enforces NetworkPolicies.",
  remedy: "Set datapathProvider to ADVANCED_DATAPATH.",
  check: (props, report) => {
    // Autopilot has nothing else.
    const isEnforced = anyOf(
      () => props.enableAutopilot === true,
      () => props.datapathProvider === "ADVANCED_DATAPATH",
    );
    if (!isEnforced) report("datapathProvider", "NetworkPolicies are not enforced", "set ADVANCED_DATAPATH");
  },
});
