// Service accounts must have no keys, which could be stolen.
import { gcpRule } from "../../kinds/gcp.ts";

export const accountKeys = gcpRule({
  name: "iam-account-keys",
  types: ["gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey"],
  severity: "critical",
  description: "Service accounts have no keys.",
  remedy: "Use Workload Identity Federation: bind the role to the principal:// of the Kubernetes service account.",
  check: (_, report) =>
    report("serviceAccount", "anybody who finds the key can use it", "use Workload Identity Federation"),
});
