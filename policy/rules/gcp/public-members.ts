// Roles must not be given to everybody.
import { gcpRule, memberships, membersOf } from "../../kinds/gcp.ts";

const everybody = new Set(["allUsers", "allAuthenticatedUsers"]);

export const publicMembers = gcpRule({
  name: "iam-public-members",
  types: memberships,
  severity: "critical",
  description: "No role is given to allUsers or allAuthenticatedUsers.",
  remedy: "Name the people, the group or the service account.",
  check: (props, report) => {
    for (const { path, member } of membersOf(props))
      if (everybody.has(member))
        report(path, `${member} is everybody`, "name the people, the group or the service account");
  },
});
