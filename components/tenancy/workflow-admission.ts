// Registers the admission policies for Workflows, what makes them at times, and their templates in tenants' namespaces.
import { cronWorkflowAdmissionPolicy } from "@agentic/api/cron-workflow-admission.ts";
import { templateAdmissionPolicy } from "@agentic/api/template-admission.ts";
import { workflowAdmissionPolicy } from "@agentic/api/workflow-admission.ts";
import * as pulumi from "@pulumi/pulumi";
import { enforcePolicy } from "../security/admission.ts";

/** The ValidatingAdmissionPolicies of api/workflow-admission.ts, api/cron-workflow-admission.ts and api/template-admission.ts, with their bindings. */
export class WorkflowAdmission extends pulumi.ComponentResource {
  constructor(name: string, _args: Record<string, never> = {}, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:WorkflowAdmission", name, {}, options);
    enforcePolicy(name, workflowAdmissionPolicy(), { parent: this });
    enforcePolicy(`${name}-crons`, cronWorkflowAdmissionPolicy(), { parent: this });
    enforcePolicy(`${name}-templates`, templateAdmissionPolicy(), { parent: this });
    this.registerOutputs({});
  }
}
