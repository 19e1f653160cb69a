// Registers the admission policy for Workflows in tenants' namespaces.
import { workflowAdmissionBinding, workflowAdmissionPolicy } from "@agentic/api/workflow-admission.ts";
import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy.js";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding.js";
import * as pulumi from "@pulumi/pulumi";

/** The ValidatingAdmissionPolicy of api/workflow-admission.ts, with its binding. */
export class WorkflowAdmission extends pulumi.ComponentResource {
  constructor(name: string, _args: Record<string, never> = {}, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:WorkflowAdmission", name, {}, options);
    const { metadata, spec } = workflowAdmissionPolicy();
    const policy = new ValidatingAdmissionPolicy(name, { metadata, spec }, { parent: this });
    const binding = workflowAdmissionBinding();
    new ValidatingAdmissionPolicyBinding(
      name,
      { metadata: binding.metadata, spec: { ...binding.spec, policyName: policy.metadata.name } },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
