// What the admission policies share: the selector of tenants' namespaces, and the binding that enforces a policy.
import { LABELS, NAMESPACES, tenantNamespace } from "./names.ts";

/** Selects every tenant's namespace. */
export const inTenants = { matchExpressions: [{ key: LABELS.tenant, operator: "Exists" }] };

/** Selects every namespace but the platform's and Kubernetes' own: a namespace without a label is not left out. */
export const outsidePlatform = {
  matchExpressions: [
    {
      key: "kubernetes.io/metadata.name",
      operator: "NotIn",
      values: [...Object.values(NAMESPACES), "kube-system", "kube-public", "kube-node-lease"],
    },
  ],
};

/** Matches what is in tenants' namespaces, by their name, which nobody can change. */
export const tenantsByName = [
  { name: "in-a-tenant", expression: `request.namespace.startsWith('${tenantNamespace("")}')` },
];

/** The binding that enforces the ValidatingAdmissionPolicy of that name wherever it matches. */
export function bindingOf(policy: string) {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: policy },
    spec: { policyName: policy, validationActions: ["Deny"] },
  };
}
