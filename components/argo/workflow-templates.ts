// The shared WorkflowTemplates, in a tenant's namespace.
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { type WorkflowTemplate, workflowTemplates } from "../../workflows/index.ts";

export interface WorkflowTemplatesArgs {
  /** The tenant's namespace: workflows run beside their AgentWorkload, and their templates beside them. */
  namespace: pulumi.Input<string>;
  /** Default: all that the platform has. */
  templates?: readonly WorkflowTemplate[];
}

/** Applies the templates of workflows/ to one namespace. */
export class WorkflowTemplates extends pulumi.ComponentResource {
  constructor(name: string, args: WorkflowTemplatesArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:argo:WorkflowTemplates", name, {}, options);
    for (const template of args.templates ?? workflowTemplates)
      new CustomResource(
        `${name}-${template.metadata.name}`,
        {
          apiVersion: template.apiVersion,
          kind: template.kind,
          metadata: { ...template.metadata, namespace: args.namespace },
          spec: template.spec,
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
