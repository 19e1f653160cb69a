// Registers the admission policy for namespaces: tenants' names and the guard rails' labels are the platform's.
import { namespaceAdmissionBinding, namespaceAdmissionPolicy } from "@agentic/api/namespace-admission.ts";
import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy.js";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding.js";
import * as pulumi from "@pulumi/pulumi";

export interface NamespaceAdmissionArgs {
  /** Whether tenants run only images that an ImagePolicy admits. */
  admittedImages: boolean;
}

/** The ValidatingAdmissionPolicy of api/namespace-admission.ts, with its binding. */
export class NamespaceAdmission extends pulumi.ComponentResource {
  constructor(name: string, args: NamespaceAdmissionArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:NamespaceAdmission", name, {}, options);
    const { metadata, spec } = namespaceAdmissionPolicy(args);
    const policy = new ValidatingAdmissionPolicy(name, { metadata, spec }, { parent: this });
    const binding = namespaceAdmissionBinding();
    new ValidatingAdmissionPolicyBinding(
      name,
      { metadata: binding.metadata, spec: { ...binding.spec, policyName: policy.metadata.name } },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
