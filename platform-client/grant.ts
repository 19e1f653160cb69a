// What the platform grants to a tenant that another stack makes, with its credentials made secrets again.
import * as pulumi from "@pulumi/pulumi";
import type { TenantGrant } from "../components/tenancy/grant.ts";

/** Fields that are no secret; they decide the shape of what is made. */
const open: readonly string[] = [
  "tenant",
  "owner",
  "costCenter",
  "quota",
  "allowedSites",
  "parameters",
  "operator",
  "executor",
  "network",
  "templates",
] satisfies (keyof TenantGrant)[];

/** The grant as its component takes it: each text in a field that isn't known to be open is a secret. */
export function grantOf(granted: Record<string, unknown>): TenantGrant {
  const entries = Object.entries(granted).map(([name, value]) => [name, open.includes(name) ? value : hidden(value)]);
  return Object.fromEntries(entries) as unknown as TenantGrant;
}

function hidden(value: unknown): unknown {
  if (typeof value === "string") return pulumi.secret(value);
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hidden(item)]));
}
