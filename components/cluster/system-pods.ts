// Registers the admission policy for kube-system, where the cluster's own pods need more than Pod Security allows.
import { systemPodsPolicy } from "@agentic/api/system-pods.ts";
import * as pulumi from "@pulumi/pulumi";
import { enforcePolicy } from "../security/admission.ts";

/** The ValidatingAdmissionPolicy of api/system-pods.ts, with its binding. */
export class SystemPods extends pulumi.ComponentResource {
  constructor(name: string, _args: Record<string, never> = {}, options?: pulumi.ComponentResourceOptions) {
    super("agentic:cluster:SystemPods", name, {}, options);
    enforcePolicy(name, systemPodsPolicy(), { parent: this });
    this.registerOutputs({});
  }
}
