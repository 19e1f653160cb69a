// The roles owner, editor and viewer must not be given to anybody.
import { gcpRule, memberships } from "../../kinds/gcp.ts";

const primitive = new Set(["roles/owner", "roles/editor", "roles/viewer"]);

export const primitiveRoles = gcpRule({
  name: "iam-primitive-roles",
  types: memberships,
  severity: "critical",
  description: "Nobody is given owner, editor or viewer.",
  remedy: "Give a predefined role of the one service, or a role of the project's own.",
  check: ({ role }, report) => {
    if (primitive.has(String(role))) report("role", `${role} reaches every service`, "give a role of the one service");
  },
});
