// Clusters must enforce Binary Authorization.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";

export const binaryAuthorization = gcpRule({
  name: "gke-binary-authorization",
  types: [cluster],
  severity: "high",
  description: "Binary Authorization checks every image.",
  remedy: "Set binaryAuthorization.evaluationMode to PROJECT_SINGLETON_POLICY_ENFORCE.",
  check: (props, report) => {
    const { evaluationMode } = block(props.binaryAuthorization);
    if (evaluationMode === undefined || evaluationMode === "DISABLED")
      report("binaryAuthorization.evaluationMode", "any image may start", "set PROJECT_SINGLETON_POLICY_ENFORCE");
  },
});
