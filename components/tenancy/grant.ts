// The data that another stack needs to create a tenant's namespace, the same as for the platform's own tenants.
import type { WorkflowTemplate } from "../../workflows/index.ts";
import type { TenantFlowsArgs } from "../security/tenant-rules.ts";
import type { TenantArgs } from "./tenant.ts";

/**
 * Everything that Tenant takes, with the flows and the templates of its namespace. It travels as a secret output, so each
 * value must be plain data.
 */
export interface TenantGrant extends Omit<TenantArgs, "secretsAfter"> {
  network: TenantFlowsArgs;
  /** The platform's own templates, as its release has them. */
  templates: readonly WorkflowTemplate[];
}
