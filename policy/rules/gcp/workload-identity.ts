// Pods must have identities of their own instead of the node's.
import { block, blockAt, cluster, gcpRule, nodePool } from "../../kinds/gcp.ts";
import { isText } from "../../values.ts";

export const workloadIdentity = gcpRule({
  name: "gke-workload-identity",
  types: [cluster, nodePool],
  severity: "critical",
  description: "Pods authenticate by Workload Identity, and the node's own identity is hidden from them.",
  remedy:
    "Set workloadIdentityConfig.workloadPool on the cluster and workloadMetadataConfig.mode GKE_METADATA on its nodes.",
  check: (props, report, { args }) => {
    if (props.enableAutopilot === true) return;
    if (args.type === cluster && !isText(block(props.workloadIdentityConfig).workloadPool))
      report("workloadIdentityConfig.workloadPool", "pods have the node's identity", "set <project>.svc.id.goog");
    if (args.type === nodePool && blockAt(props, "nodeConfig", "workloadMetadataConfig").mode !== "GKE_METADATA")
      report("nodeConfig.workloadMetadataConfig.mode", "pods can take the node's identity", "set GKE_METADATA");
  },
});
