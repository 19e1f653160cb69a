// Registers break-glass: the kind of the requests, the admission that demands two people, and the roles of those who ask and approve.
import { accessPolicies } from "@agentic/api/access-admission.ts";
import { accessRequestCrd, BREAK_GLASS_CLUSTER_ROLES } from "@agentic/api/access-request.ts";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import * as pulumi from "@pulumi/pulumi";
import { enforcePolicy } from "../security/admission.ts";

/** What lets people into a tenant's namespace for a time; the operator gives and takes the rights. */
export class BreakGlass extends pulumi.ComponentResource {
  /** What an AccessRequest depends on, and whoever gives rights by one: nobody may ask before admission is in force. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, _args: Record<string, never> = {}, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:BreakGlass", name, {}, options);
    const child = { parent: this };
    const policies = accessPolicies().flatMap((policy) =>
      enforcePolicy(`${name}-${policy.metadata.name}`, policy, child),
    );
    const { metadata, spec } = accessRequestCrd();
    const definition = new CustomResourceDefinition(`${name}-crd`, { metadata, spec } as never, {
      ...child,
      dependsOn: policies,
    });
    for (const [role, rules] of Object.entries(BREAK_GLASS_CLUSTER_ROLES))
      new ClusterRole(`${name}-${role}`, { metadata: { name: role }, rules }, child);
    this.ready = [...policies, definition];
    this.registerOutputs({});
  }
}
