// Registers the admission policy that keeps the workflow engine to tenants' namespaces.
import { engineAdmissionPolicy } from "@agentic/api/engine-admission.ts";
import * as pulumi from "@pulumi/pulumi";
import { enforcePolicy } from "../security/admission.ts";

export interface EngineAdmissionArgs {
  /** The workflow engine's account. */
  account: { name: string; namespace: string };
}

/** The ValidatingAdmissionPolicy of api/engine-admission.ts, with its binding. */
export class EngineAdmission extends pulumi.ComponentResource {
  constructor(name: string, { account }: EngineAdmissionArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:tenancy:EngineAdmission", name, {}, options);
    enforcePolicy(name, engineAdmissionPolicy(account), { parent: this });
    this.registerOutputs({});
  }
}
