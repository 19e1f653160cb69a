// Reads the grant for a tenant that another stack creates, and marks its credentials as secrets again.
import * as pulumi from "@pulumi/pulumi";
import type { TenantGrant } from "../components/tenancy/grant.ts";

/** Which fields are credentials; the others decide which resources there are. A field that isn't listed is treated as a credential. */
const isSecret: Record<keyof TenantGrant, boolean> = {
  tenant: false,
  owner: false,
  costCenter: false,
  quota: false,
  allowedSites: false,
  parameters: false,
  operator: false,
  executor: false,
  issuer: false,
  eventAccounts: false,
  admittedImages: false,
  network: false,
  templates: false,
  objectStore: true,
  postgresPassword: true,
  postgresAuthority: false,
  browserlessToken: true,
  litellmKey: true,
};

/** The grant as its component takes it, with its credentials made secrets again. */
export function grantOf(granted: Record<string, unknown>): TenantGrant {
  const entries = Object.entries(granted).map(([name, value]) => [
    name,
    (isSecret as Record<string, boolean | undefined>)[name] === false ? value : hidden(value),
  ]);
  return Object.fromEntries(entries) as unknown as TenantGrant;
}

function hidden(value: unknown): unknown {
  if (typeof value === "string") return pulumi.secret(value);
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hidden(item)]));
}
