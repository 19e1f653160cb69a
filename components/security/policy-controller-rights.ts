// What the policy controller may do: less than upstream's own roles give it.
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import type * as pulumi from "@pulumi/pulumi";
import { labels } from "./labels.ts";
import { POLICY_GROUP } from "./policy-controller-definitions.ts";
import { writtenConfigMaps } from "./policy-controller-settings.ts";
import { certificateSecret, webhookNames } from "./policy-controller-webhooks.ts";
import { roleRef } from "./rbac.ts";

/** Rights in the whole cluster; `namespace` is its own. It reads no Secret outside of that. */
function clusterRules(namespace: pulumi.Input<string>) {
  const webhooks = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"];
  const kinds = ["clusterimagepolicies", "trustroots"];
  const statuses = kinds.map((kind) => `${kind}/status`);
  return [
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
    // A watch can't be narrowed to names.
    { apiGroups: ["admissionregistration.k8s.io"], resources: webhooks, verbs: ["list", "watch"] },
    {
      apiGroups: ["admissionregistration.k8s.io"],
      resources: webhooks,
      resourceNames: Object.values(webhookNames),
      verbs: ["get", "update"],
    },
    // The cluster-wide objects that it writes get its namespace as their owner.
    { apiGroups: [""], resources: ["namespaces"], resourceNames: [namespace], verbs: ["get"] },
    { apiGroups: [""], resources: ["namespaces/finalizers"], resourceNames: [namespace], verbs: ["update"] },
    // It looks for conversions that it is to answer for, and has none: it changes no definition.
    { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: ["list", "watch"] },
    // Patches of their finalizers.
    { apiGroups: [POLICY_GROUP], resources: kinds, verbs: ["get", "list", "watch", "patch"] },
    { apiGroups: [POLICY_GROUP], resources: statuses, verbs: ["update"] },
    // It reads the pull secrets that an account names.
    { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["get"] },
  ];
}

/** Rights in its own namespace. */
const namespaceRules = [
  { apiGroups: [""], resources: ["configmaps", "secrets"], verbs: ["get", "list", "watch"] },
  { apiGroups: [""], resources: ["secrets"], resourceNames: [certificateSecret], verbs: ["update"] },
  { apiGroups: [""], resources: ["configmaps"], resourceNames: writtenConfigMaps, verbs: ["patch"] },
  // Its leaders are elected by them.
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
];

/** Its account with these rights; what runs as it depends on the bindings. */
export function policyControllerRights(
  name: string,
  { namespace, part }: { namespace: pulumi.Input<string>; part: string },
  options: pulumi.CustomResourceOptions,
): { account: ServiceAccount; bindings: pulumi.Resource[] } {
  const local = { name: part, namespace, labels: labels(part) };
  const account = new ServiceAccount(name, { metadata: local, automountServiceAccountToken: false }, options);
  const subjects = [{ kind: "ServiceAccount", name: account.metadata.name, namespace }];
  const metadata = { name: part, labels: labels(part) };
  const all = new ClusterRole(name, { metadata, rules: clusterRules(namespace) }, options);
  const own = new Role(name, { metadata: local, rules: namespaceRules }, options);
  return {
    account,
    bindings: [
      new ClusterRoleBinding(
        name,
        { metadata, roleRef: roleRef("ClusterRole", part), subjects },
        { ...options, dependsOn: [all] },
      ),
      new RoleBinding(
        name,
        { metadata: local, roleRef: roleRef("Role", part), subjects },
        { ...options, dependsOn: [own] },
      ),
    ],
  };
}
