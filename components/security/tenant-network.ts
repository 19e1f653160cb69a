// NetworkPolicies of a tenant's namespace that another stack than the platform's creates.
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { declared, type TenantFlowsArgs, tenantRules } from "./tenant-rules.ts";

export interface TenantNetworkArgs extends TenantFlowsArgs {
  tenant: string;
  namespace: pulumi.Input<string>;
}

/** The same policies in one tenant's namespace as NetworkPolicies makes in the namespaces of the platform's own tenants. */
export class TenantNetwork extends pulumi.ComponentResource {
  constructor(name: string, args: TenantNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:security:TenantNetwork", name, {}, options);
    const { namespace } = args;
    for (const { name: objectName, spec, reason } of tenantRules(args))
      new NetworkPolicy(
        `${name}-${objectName}`,
        { metadata: { name: objectName, namespace, ...declared(reason) }, spec },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
