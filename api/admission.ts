// What the admission policies share: the selector of tenants' namespaces, and the binding that enforces a policy.
import { LABELS } from "./names.ts";

/** Selects every tenant's namespace. */
export const inTenants = { matchExpressions: [{ key: LABELS.tenant, operator: "Exists" }] };

/** The binding that enforces the ValidatingAdmissionPolicy of that name wherever it matches. */
export function bindingOf(policy: string) {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: policy },
    spec: { policyName: policy, validationActions: ["Deny"] },
  };
}
