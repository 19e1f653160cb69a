// Refuses pods in tenants' namespaces that would run on the node's own kernel, where the platform has a sandbox.
import { admissionPolicy, tenantsByName } from "@agentic/api/admission.ts";
import { API_GROUP } from "@agentic/api/names.ts";
import * as pulumi from "@pulumi/pulumi";
import { enforcePolicy } from "../security/admission.ts";

export interface SandboxAdmissionArgs {
  /** Name of the sandbox's RuntimeClass. */
  runtimeClass: string;
}

/** Refuses pods of tenants with another RuntimeClass, or none: a Workflow of a tenant may ask for any. */
export class SandboxAdmission extends pulumi.ComponentResource {
  /** Resources that must exist before the first pod of a tenant. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, { runtimeClass }: SandboxAdmissionArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:SandboxAdmission", name, {}, options);
    const policy = admissionPolicy({
      name: `sandbox.${API_GROUP}`,
      resources: { apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
      // A pod's class never changes: those that ran before the sandbox was there end in peace.
      matchConditions: [...tenantsByName, { name: "new", expression: "request.operation == 'CREATE'" }],
      validations: [
        {
          expression: `has(object.spec.runtimeClassName) && object.spec.runtimeClassName == "${runtimeClass}"`,
          messageExpression: `"spec.runtimeClassName: " + (has(object.spec.runtimeClassName) ? "'" + object.spec.runtimeClassName + "'" : "none") + " would run a tenant's pod outside of the sandbox: leave it to the platform, or set ${runtimeClass}"`,
        },
      ],
    });
    this.ready = enforcePolicy(name, policy, { parent: this });
    this.registerOutputs({});
  }
}
