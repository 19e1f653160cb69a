// Config key `dataProtection`: what happens to volumes and passwords that are removed from the stack.
import { Type } from "typebox";
import type { DataProtection } from "../../components/data/protection.ts";
import type { Profile } from "./profile.ts";

export const dataProtectionSchema = Type.Union(
  [Type.Literal("profile"), Type.Literal("delete"), Type.Literal("protect"), Type.Literal("retain")],
  {
    default: "profile",
    description:
      "Databases, object store and their passwords: delete them with the stack, refuse to (protect), leave them in the cluster (retain), or as the profile has it: ha protects, the others delete.",
  },
);

/** The key with its default. */
export function dataProtection(choice: "profile" | DataProtection = "profile", profile: Profile): DataProtection {
  if (choice !== "profile") return choice;
  return profile === "ha" ? "protect" : "delete";
}
