// Config section `tenants[].members`: who of a team may do what.
import { MEMBER_ROLES } from "@agentic/api/roles.ts";
import { Type } from "typebox";
import { closed } from "./fields.ts";

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
