// Config key `dataProtection`: what happens to volumes and passwords when somebody takes them out of the stack.
import { Type } from "typebox";
import type { DataProtection } from "../../components/data/protection.ts";
import type { Profile } from "./profile.ts";

export const dataProtectionSchema = Type.Union(
  [Type.Literal("delete"), Type.Literal("protect"), Type.Literal("retain")],
  {
    description:
      "Databases, object store and their passwords: delete them with the stack, refuse to (protect), or leave them in the cluster (retain). Default: protect with profile ha, otherwise delete.",
  },
);

/** The key with its default. */
export function dataProtection(given: DataProtection | undefined, profile: Profile): DataProtection {
  return given ?? (profile === "ha" ? "protect" : "delete");
}
