// Config section `tenants[].members`: who of a team may do what.
import { AGENT_SERVICE_ACCOUNT, KUBERNETES_NAMESPACES, NAMESPACES, tenantNamespace } from "@agentic/api/names.ts";
import { MEMBER_ROLES } from "@agentic/api/roles.ts";
import { type Static, Type } from "typebox";
import { EXECUTOR_SERVICE_ACCOUNT } from "../../workflows/index.ts";
import { closed } from "./fields.ts";
import type { GivenConfig } from "./schema.ts";

const names = (description: string, pattern: string) =>
  Type.Optional(Type.Array(Type.String({ pattern, maxLength: 256 }), { minItems: 1, description }));

/** No blank at either end, which would make another name of it. */
const name = "^\\S(.*\\S)?$";
const accountName = "^([a-z0-9]([-a-z0-9]*[a-z0-9])?/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

export const membersSchema = Type.Array(
  Type.Object(
    {
      users: names("People, by the names that the cluster knows them by: kubectl auth whoami; on GKE e-mails.", name),
      groups: names("Groups of the cluster's sign-in; on GKE e-mails of Google groups.", name),
      serviceAccounts: names(
        "Programs: <name> of the tenant's namespace, or <namespace>/<name> of another.",
        accountName,
      ),
      role: Type.Union(
        MEMBER_ROLES.map((role) => Type.Literal(role)),
        {
          description:
            "viewer: sees workloads, their runs and logs; user: submits them, too; approver: sees them, and answers at gates; tenant-admin: both, and sees members, settings and quotas.",
        },
      ),
    },
    closed,
  ),
  { description: "Who may do what in its namespace. Default: nobody but who has the tenant's kubeconfig." },
);

export type MembersConfig = Static<typeof membersSchema>;

/** Accounts that must never have a person's rights: pages that agents read could use them. */
const podAccounts: readonly string[] = ["default", AGENT_SERVICE_ACCOUNT, EXECUTOR_SERVICE_ACCOUNT];
const platformNamespaces: readonly string[] = [...Object.values(NAMESPACES), ...KUBERNETES_NAMESPACES];

/** What is wrong with the members of all tenants; `key` writes a config key in full. */
export function memberErrors(
  { tenants = [], cluster, gke }: Pick<GivenConfig, "tenants" | "cluster" | "gke">,
  key: (path: string) => string,
): string[] {
  const isGke = cluster?.kind === "gke";
  return tenants.flatMap(({ name, members = [] }, i) =>
    members.flatMap(({ users = [], groups = [], serviceAccounts = [] }, j) => {
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
      if (isGke && groups.length > 0 && !gke?.securityGroup)
        errors.push(
          `${path}.groups needs ${key("gke.securityGroup")}: GKE looks for groups in gke-security-groups@<domain> alone`,
        );
      for (const group of groups.filter((group) => isGke && !/^[^@]+@[^@]+$/.test(group)))
        errors.push(`${path}.groups has '${group}': on GKE a group is the e-mail of a Google group`);
      return errors;
    }),
  );
}
