// Roles to act as a service account must be given on that account, not on the project.
import { gcpRule } from "../../kinds/gcp.ts";

const impersonationRoles = new Set([
  "roles/iam.serviceAccountTokenCreator",
  "roles/iam.serviceAccountUser",
  "roles/iam.serviceAccountKeyAdmin",
  "roles/iam.workloadIdentityUser",
]);

export const impersonation = gcpRule({
  name: "iam-impersonation",
  types: ["projects/iAMMember:IAMMember", "projects/iAMBinding:IAMBinding", "folder/iAMMember:IAMMember"].map(
    (t) => `gcp:${t}`,
  ),
  severity: "high",
  description: "Roles that allow acting as a service account are given on that account, not on the project.",
  remedy: "Use serviceaccount.IAMMember with the one account.",
  check: ({ role }, report) => {
    if (impersonationRoles.has(String(role)))
      report("role", `${role} on the project holds for all its accounts`, "give it on the one service account");
  },
});
