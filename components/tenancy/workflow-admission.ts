// Registers the admission policy for Workflows in tenants' namespaces.
import { workflowAdmissionPolicy } from "@agentic/api/workflow-admission.ts";
import * as pulumi from "@pulumi/pulumi";
import { enforcePolicy } from "../security/admission.ts";

/** The ValidatingAdmissionPolicy of api/workflow-admission.ts, with its binding. */
export class WorkflowAdmission extends pulumi.ComponentResource {
  constructor(name: string, _args: Record<string, never> = {}, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:WorkflowAdmission", name, {}, options);
    enforcePolicy(name, workflowAdmissionPolicy(), { parent: this });
    this.registerOutputs({});
  }
}
