// Rights: references of role bindings, and an account with a ClusterRole of its own.
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import type { rbac } from "@pulumi/kubernetes/types/input.js";
import type * as pulumi from "@pulumi/pulumi";

/** The role that a binding refers to, in its own namespace for the kind `Role`. */
export function roleRef<Name>(kind: "Role" | "ClusterRole", name: Name) {
  return { apiGroup: "rbac.authorization.k8s.io", kind, name };
}

export interface ClusterAccountArgs {
  /** The account's; its labels are the role's and the binding's, too. */
  metadata: { name: string; namespace: pulumi.Input<string>; labels: Record<string, string> };
  /** Name of the ClusterRole and of its binding. */
  role: string;
  rules: rbac.v1.PolicyRule[];
}

/** Registers an account that has these rights in the whole cluster; only a pod that asks for it gets its token. */
export function clusterAccount(
  name: string,
  { metadata, role: roleName, rules }: ClusterAccountArgs,
  options: pulumi.CustomResourceOptions,
): ServiceAccount {
  const { namespace, labels } = metadata;
  const account = new ServiceAccount(name, { metadata, automountServiceAccountToken: false }, options);
  const role = new ClusterRole(name, { metadata: { name: roleName, labels }, rules }, options);
  new ClusterRoleBinding(
    name,
    {
      metadata: { name: roleName, labels },
      roleRef: roleRef("ClusterRole", role.metadata.name),
      subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
    },
    options,
  );
  return account;
}
