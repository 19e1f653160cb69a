// What a tenant's namespace is made of where another stack makes it: the same as for the platform's own tenants.
import type { WorkflowTemplate } from "../../workflows/index.ts";
import type { TenantFlowsArgs } from "../security/network-policies.ts";
import type { TenantArgs } from "./tenant.ts";

/**
 * Everything that Tenant takes, with the flows and the templates of its namespace. It travels as a secret output, so each
 * value must be plain data.
 */
export interface TenantGrant extends TenantArgs {
  network: TenantFlowsArgs;
  /** The platform's own templates, as its release has them. */
  templates: readonly WorkflowTemplate[];
}
