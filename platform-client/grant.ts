// Reads the grant for a tenant that another stack creates, and marks its credentials as secrets again.
import * as pulumi from "@pulumi/pulumi";
import type { TenantGrant } from "../components/tenancy/grant.ts";

/** Whether a field is a credential; the others decide which resources exist. A field that isn't listed is treated as a credential. */
const isSecret: Record<keyof TenantGrant, boolean> = {
  tenant: false,
  owner: false,
  costCenter: false,
  quota: false,
  allowedSites: false,
  members: false,
  parameters: false,
  hasMonthBudget: false,
  operator: false,
  engine: false,
  executor: false,
  issuer: false,
  eventAccounts: false,
  generations: false,
  accounts: false,
  admittedImages: false,
  network: false,
  templates: false,
  objectStore: true,
  postgresPassword: true,
  postgresUser: false,
  postgresAuthority: false,
  browserlessToken: true,
  litellmKey: true,
};

/** The grant for the Tenant component, with its credentials marked as secrets again. */
export function grantOf(granted: Record<string, unknown>): TenantGrant {
  const entries = Object.entries(granted).map(([name, value]) => [
    name,
    (isSecret as Record<string, boolean | undefined>)[name] === false ? value : asSecret(value),
  ]);
  return Object.fromEntries(entries) as unknown as TenantGrant;
}

function asSecret(value: unknown): unknown {
  if (typeof value === "string") return pulumi.secret(value);
  if (Array.isArray(value)) return value.map(asSecret);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, asSecret(item)]));
}
