// Service accounts must have no keys, which could be stolen.
import { gcpRule } from "../../kinds/gcp.ts";

export const accountKeys = gcpRule(
  ["gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey"],
  {
    name: "iam-account-keys",
    severity: "critical",
    description: "Service accounts have no keys.",
    remedy: "Use Workload Identity Federation: bind the role to the principal:// of the Kubernetes service account.",
  },
  (_, report) => report("serviceAccount", "anybody who finds the key can use it", "use Workload Identity Federation"),
);
