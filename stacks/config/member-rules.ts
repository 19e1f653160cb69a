// Rules of the tenants' members and of who approves: names that are nobody's, and settings that contradict each other.
import {
  AGENT_SERVICE_ACCOUNT,
  EXECUTOR_SERVICE_ACCOUNT,
  KUBERNETES_NAMESPACES,
  NAMESPACES,
  tenantNamespace,
} from "@agentic/api/names.ts";
import type { GivenConfig } from "./schema.ts";

/** Accounts that must never have a person's rights: pages that agents read could use them. */
const podAccounts: readonly string[] = ["default", AGENT_SERVICE_ACCOUNT, EXECUTOR_SERVICE_ACCOUNT];
const platformNamespaces: readonly string[] = [...Object.values(NAMESPACES), ...KUBERNETES_NAMESPACES];

/** What is wrong with the members of all tenants; `key` writes a config key in full. */
export function memberErrors(
  { tenants = [], cluster, gke }: Pick<GivenConfig, "tenants" | "cluster" | "gke">,
  key: (path: string) => string,
): string[] {
  const isGke = cluster?.kind === "gke";
  return tenants.flatMap(({ name, members = [], approval }, i) => [
    ...approvalErrors(approval, key(`tenants[${i}].approval`)),
    ...members.flatMap(({ users = [], groups = [], serviceAccounts = [], role }, j) => {
      const path = key(`tenants[${i}].members[${j}]`);
      const errors: string[] = [];
      if (users.length + groups.length + serviceAccounts.length === 0)
        errors.push(`${path} names nobody: give users, groups or serviceAccounts`);
      for (const [field, list] of Object.entries({ users, groups }))
        for (const system of list.filter((entry) => entry.startsWith("system:")))
          errors.push(
            `${path}.${field} has '${system}', which is no person or team: name them, and a program's account in serviceAccounts`,
          );
      for (const account of serviceAccounts) {
        const [first = "", second] = account.split("/");
        const [space, own] = second === undefined ? [tenantNamespace(name), first] : [first, second];
        if (platformNamespaces.includes(space))
          errors.push(`${path}.serviceAccounts has '${account}': accounts of the platform have rights of their own`);
        else if (podAccounts.includes(own))
          errors.push(
            `${path}.serviceAccounts has '${account}', which pods of workloads run as: make an account for the program`,
          );
      }
      const mayApprove = role === "approver" || role === "tenant-admin";
      if (mayApprove && serviceAccounts.length > 0 && (approval?.fourEyes || (approval?.quorum ?? 1) > 1))
        errors.push(`${path}.serviceAccounts may approve, but fourEyes and quorum count people: name users or groups`);
      if (isGke && groups.length > 0 && !gke?.securityGroup)
        errors.push(
          `${path}.groups needs ${key("gke.securityGroup")}: GKE looks for groups in gke-security-groups@<domain> alone`,
        );
      for (const group of groups.filter((group) => isGke && !/^[^@]+@[^@]+$/.test(group)))
        errors.push(`${path}.groups has '${group}': on GKE a group is the e-mail of a Google group`);
      return errors;
    }),
  ]);
}

type Approval = NonNullable<GivenConfig["tenants"]>[number]["approval"];

/** Rules about people beside a mode in which nobody is asked. */
function approvalErrors(approval: Approval, path: string): string[] {
  const rules = (["fourEyes", "quorum", "approvers"] as const).filter((rule) => approval?.[rule]);
  return approval?.mode === "auto" && rules.length > 0
    ? [`${path}.mode is auto, but ${rules.join(", ")} say who approves: leave it out, or set it to manual`]
    : [];
}
