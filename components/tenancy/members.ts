// A tenant's people: the Roles that there are for them, and the bindings of those whom the config names.
import { LABELS } from "@agentic/api/names.ts";
import { MEMBER_ROLES, MEMBER_RULES, type Member, memberRoleName } from "@agentic/api/roles.ts";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import type * as pulumi from "@pulumi/pulumi";
import { roleRef } from "../security/rbac.ts";

export interface MembersArgs {
  tenant: string;
  namespace: pulumi.Output<string>;
  members: readonly Member[];
}

const RBAC = "rbac.authorization.k8s.io";

/** Registers a Role for each of the tenant's roles, and a RoleBinding for each that has members. */
export function tenantMembers(
  name: string,
  { tenant, namespace, members }: MembersArgs,
  child: pulumi.CustomResourceOptions,
): void {
  const labels = { [LABELS.tenant]: tenant };
  for (const role of MEMBER_ROLES) {
    const metadata = { name: memberRoleName(role), namespace, labels };
    const { metadata: made } = new Role(`${name}-${role}`, { metadata, rules: MEMBER_RULES[role] }, child);
    const named = members.filter((member) => member.role === role);
    const all = (field: "users" | "groups" | "serviceAccounts") =>
      [...new Set(named.flatMap((member) => member[field] ?? []))].sort();
    const subjects = [
      ...all("users").map((user) => ({ kind: "User", apiGroup: RBAC, name: user })),
      ...all("groups").map((group) => ({ kind: "Group", apiGroup: RBAC, name: group })),
      ...all("serviceAccounts").map((account) => accountOf(account, namespace)),
    ];
    if (subjects.length > 0)
      new RoleBinding(
        `${name}-${role}-members`,
        {
          metadata: { ...metadata, name: `${memberRoleName(role)}-members` },
          roleRef: roleRef("Role", made.name),
          subjects,
        },
        child,
      );
  }
}

function accountOf(account: string, namespace: pulumi.Output<string>) {
  const [first = "", second] = account.split("/");
  return second === undefined
    ? { kind: "ServiceAccount", name: first, namespace }
    : { kind: "ServiceAccount", name: second, namespace: first };
}
