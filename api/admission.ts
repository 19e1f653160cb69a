// What the admission policies share: their form, the selectors of namespaces, and the binding that enforces a policy.
import { API_GROUP, API_VERSION, KUBERNETES_NAMESPACES, LABELS, NAMESPACES, tenantNamespace } from "./names.ts";

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

/** CEL: who asks. */
export const me = "request.userInfo.username";

/** CEL: an annotation of the object, "" where it isn't set. */
export const annotationOf = (object: "object" | "oldObject", key: string): string =>
  `${object}.metadata.?annotations[?'${key}'].orValue('')`;

/** CEL: the old object's annotation; an object that is being created has none. */
export const annotationBefore = (key: string): string => `(oldObject == null ? '' : ${annotationOf("oldObject", key)})`;

/** CEL: whether a field of the metadata is as it was; `none`: what counts where it isn't set. */
export const sameMetadata = (field: string, none: string): string =>
  `object.metadata.?${field}.orValue(${none}) == oldObject.metadata.?${field}.orValue(${none})`;

/** What is judged: a kind of ours. */
export const oursByPlural = (plural: string) => ({
  apiGroups: [API_GROUP],
  apiVersions: [API_VERSION],
  resources: [plural],
});

/** A check whose refusal is about rights. */
export const forbidden = (expression: string, messageExpression: string) => ({
  expression,
  messageExpression,
  reason: "Forbidden",
});

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
  matchConditions?: readonly { name: string; expression: string }[];
  variables?: readonly { name: string; expression: string }[];
  validations: readonly { expression: string; message?: string; messageExpression?: string; reason?: string }[];
}

/**
 * A ValidatingAdmissionPolicy. What it can't judge is refused. It takes no parameters: once no policy has any of a kind, a running
 * API server stops to read that kind and never begins again (k8s.io/apiserver, policy/generic/policy_source.go), so that the
 * parameters of a namespace that is made later count as absent.
 */
export function admissionPolicy({
  name,
  resources,
  operations = ["CREATE", "UPDATE"],
  namespaceSelector,
  validations,
  ...more
}: AdmissionRules) {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        ...(namespaceSelector ? { namespaceSelector } : {}),
        resourceRules: [{ ...resources, operations: [...operations] }],
      },
      ...more,
      validations,
    },
  };
}

/** The binding that enforces the ValidatingAdmissionPolicy wherever it matches. */
export function bindingOf({ metadata: { name } }: ReturnType<typeof admissionPolicy>) {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ["Deny"],
    },
  };
}
