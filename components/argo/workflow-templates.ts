// The shared WorkflowTemplates, in a tenant's namespace.
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { type WorkflowTemplate, workflowTemplates } from "../../workflows/index.ts";
import { podDns } from "../tenancy/resolver.ts";

export interface WorkflowTemplatesArgs {
  /** The tenant's namespace: workflows run beside their AgentWorkload, and their templates beside them. */
  namespace: pulumi.Input<string>;
  /** Default: all that the platform has. */
  templates?: readonly WorkflowTemplate[];
  /** Address of the resolver that the pods ask. Default: the cluster's. */
  resolver?: pulumi.Input<string>;
}

/** Applies the templates of workflows/ to one namespace. */
export class WorkflowTemplates extends pulumi.ComponentResource {
  constructor(name: string, args: WorkflowTemplatesArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:argo:WorkflowTemplates", name, {}, options);
    const { namespace, resolver } = args;
    const dns = resolver === undefined ? {} : podDns(resolver, namespace);
    for (const template of args.templates ?? workflowTemplates)
      new CustomResource(
        `${name}-${template.metadata.name}`,
        {
          apiVersion: template.apiVersion,
          kind: template.kind,
          metadata: { ...template.metadata, namespace },
          spec: { ...template.spec, ...dns },
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
