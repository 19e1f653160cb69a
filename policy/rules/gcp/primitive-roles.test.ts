// What policy iam-primitive-roles lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { primitiveRoles } from "./primitive-roles.ts";

const member = (role: string) => gcp("projects/iAMMember:IAMMember", { role, member: "user:a@example.com" });

table(primitiveRoles, {
  passes: { "one service's": member("roles/storage.objectUser") },
  violates: { everything: [member("roles/editor"), "roles/editor reaches every service"] },
});
