// What the admission policies share: their form, the selectors of namespaces, and the binding that enforces a policy.
import { KUBERNETES_NAMESPACES, LABELS, NAMESPACES, TENANT_CONFIG_MAP, tenantNamespace } from "./names.ts";

/** Label by which a namespace asks the policy controller to admit its images, as upstream chose it; its value is `true`. */
export const INCLUDE_LABEL = "policy.sigstore.dev/include";

/** Selects every tenant's namespace. */
export const inTenants = { matchExpressions: [{ key: LABELS.tenant, operator: "Exists" }] };

/** Selects every namespace but the platform's and Kubernetes' own: a namespace without a label is not left out. */
export const outsidePlatform = {
  matchExpressions: [
    {
      key: "kubernetes.io/metadata.name",
      operator: "NotIn",
      values: [...Object.values(NAMESPACES), ...KUBERNETES_NAMESPACES],
    },
  ],
};

/** Matches what is in tenants' namespaces, by their name, which nobody can change. */
export const tenantsByName = [
  { name: "in-a-tenant", expression: `request.namespace.startsWith('${tenantNamespace("")}')` },
];

/** CEL: whether the request is an administrator's of the cluster, who alone may hand out any right (`escalate` on ClusterRoles). */
export const isAdministrator =
  "authorizer.group('rbac.authorization.k8s.io').resource('clusterroles').check('escalate').allowed()";

/** What a policy is about, as its own file says. */
export interface AdmissionRules {
  /** Of the policy and of its binding. */
  name: string;
  /** What is judged. */
  resources: { apiGroups: string[]; apiVersions: string[]; resources: string[] };
  /** Default: creation and updates. */
  operations?: readonly ("CREATE" | "UPDATE" | "DELETE")[];
  /** Absent: every namespace. */
  namespaceSelector?: object;
  /** Whether its `params` are the tenant's settings: the ConfigMap of the object's own namespace. Default false. */
  bySettings?: boolean;
  matchConditions?: readonly { name: string; expression: string }[];
  variables?: readonly { name: string; expression: string }[];
  validations: readonly { expression: string; message?: string; messageExpression?: string; reason?: string }[];
}

/** A ValidatingAdmissionPolicy. What it can't judge is refused. */
export function admissionPolicy({
  name,
  resources,
  operations = ["CREATE", "UPDATE"],
  namespaceSelector,
  bySettings = false,
  validations,
  ...more
}: AdmissionRules) {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      ...(bySettings ? { paramKind: { apiVersion: "v1", kind: "ConfigMap" } } : {}),
      matchConstraints: {
        ...(namespaceSelector ? { namespaceSelector } : {}),
        resourceRules: [{ ...resources, operations: [...operations] }],
      },
      ...more,
      validations,
    },
  };
}

/** The binding that enforces the ValidatingAdmissionPolicy wherever it matches. A namespace without a tenant's settings has no rules of one. */
export function bindingOf({ metadata: { name }, spec }: ReturnType<typeof admissionPolicy>) {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ["Deny"],
      ...(spec.paramKind ? { paramRef: { name: TENANT_CONFIG_MAP, parameterNotFoundAction: "Allow" } } : {}),
    },
  };
}
