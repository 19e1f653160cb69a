// Registers the admission policy for namespaces: tenants' names and the guard rails' labels are the platform's.
import { type NamespaceRules, namespaceAdmissionPolicy } from "@agentic/api/namespace-admission.ts";
import * as pulumi from "@pulumi/pulumi";
import { enforcePolicy } from "../security/admission.ts";

/** The ValidatingAdmissionPolicy of api/namespace-admission.ts, with its binding. */
export class NamespaceAdmission extends pulumi.ComponentResource {
  constructor(name: string, args: NamespaceRules, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:NamespaceAdmission", name, {}, options);
    enforcePolicy(name, namespaceAdmissionPolicy(args), { parent: this });
    this.registerOutputs({});
  }
}
