// What happens to data, and to the passwords that open it, when they are removed from the stack.
import type * as pulumi from "@pulumi/pulumi";

/** `delete`: it goes with the stack; `protect`: the deployer refuses to delete or replace it; `retain`: it stays behind. */
export type DataProtection = "delete" | "protect" | "retain";

/** Options of a resource that is data. */
export function dataOptions(protection: DataProtection = "delete"): pulumi.CustomResourceOptions {
  if (protection === "protect") return { protect: true };
  return protection === "retain" ? { retainOnDelete: true } : {};
}
