// An AgentWorkload that is checked against the platform's catalogue before any resource is registered.
import { type AgentWorkloadSpec, BOUND_FIELDS } from "@agentic/api/agentworkload.ts";
import { type CatalogueTemplate, catalogueTemplate } from "@agentic/api/catalogue.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION, DEFAULT_WORKFLOW_TEMPLATE } from "@agentic/api/names.ts";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import type { WorkflowTemplate } from "../workflows/index.ts";
import { workloadErrors } from "./check.ts";
import type { PlatformReference } from "./reference.ts";
import { placeIn, Tenant, withProvider } from "./tenant.ts";

/** A value whose parts may be outputs. */
export type DeepInput<T> = pulumi.Input<T extends object ? { [K in keyof T]: DeepInput<T[K]> } : T>;

export interface AgentWorkloadArgs {
  platform: PlatformReference;
  /** The tenant that it belongs to: one of this stack, or the name of one of the platform's. */
  tenant: Tenant | string;
  /** Name of the object: 1 to 63 of a-z, 0-9 and -. */
  name: string;
  /** The AgentWorkload's `spec`, without the template's name. */
  spec: DeepInput<AgentWorkloadSpec>;
  /** A template of the catalogue by its name, or one of the tenant's own. Default: the platform's default template. */
  template?: string | WorkflowTemplate;
  /** Labels of the object. */
  labels?: Record<string, string>;
  /** Whether to wait until it is Completed; the option `customTimeouts` says how long at most. Default false. */
  wait?: boolean;
}

/**
 * A job for the platform's agents. A change of a field that the run is made of replaces the workload, since a run that has
 * started can't be changed.
 */
export class AgentWorkload extends pulumi.ComponentResource {
  /** Name of the object. */
  readonly name: string;
  readonly namespace: pulumi.Output<string>;
  /** Where its artifacts go, as `s3://bucket/prefix`. */
  readonly artifacts: pulumi.Output<string>;

  constructor(name: string, args: AgentWorkloadArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform } = args;
    const { tenant, namespace, after } = placeIn(platform, args.tenant);
    const template = templateOf(args);
    const spec = checked<AgentWorkloadSpec>(args.spec, `AgentWorkload ${args.name}`, (fields) =>
      workloadErrors(args.name, fields, template),
    );
    super("agentic:client:AgentWorkload", name, {}, withProvider(platform, options));
    this.name = args.name;
    this.namespace = namespace;
    new CustomResource(
      name,
      {
        apiVersion: API_GROUP_VERSION,
        kind: AGENT_WORKLOAD.kind,
        metadata: {
          name: args.name,
          namespace: this.namespace,
          labels: args.labels,
          annotations: args.wait ? { "pulumi.com/waitFor": "jsonpath={.status.phase}=Completed" } : {},
        },
        spec: spec.apply((fields) => ({
          ...fields,
          orchestration: { workflowTemplateRef: { name: template.name } },
        })),
      },
      {
        parent: this,
        replaceOnChanges: BOUND_FIELDS.map((field) => `spec.${field}`),
        deleteBeforeReplace: true,
        dependsOn: after,
        customTimeouts: options.customTimeouts,
      },
    );
    this.artifacts = spec.apply(({ artifacts, jobId = args.name }) => {
      const prefix = artifacts?.prefix ?? tenant.artifactPrefix.replace("{jobId}", jobId);
      return `s3://${artifacts?.bucket ?? tenant.bucket}/${prefix}`;
    });
    this.registerOutputs({ artifacts: this.artifacts });
  }
}

/** Fields that are known now, checked before anything is registered; others, checked as soon as they are known. */
export function checked<T extends object>(
  value: unknown,
  what: string,
  errorsOf: (fields: T) => string[],
): pulumi.Output<T> {
  const check = (fields: T): T => {
    const errors = errorsOf(fields);
    if (errors.length === 0) return fields;
    throw new pulumi.RunError(
      `${what} has ${errors.length} error${errors.length > 1 ? "s" : ""}:\n${errors.map((line) => `  ${line}`).join("\n")}`,
    );
  };
  if (isPlain(value)) check(value as T);
  return (pulumi.output(value) as pulumi.Output<T>).apply(check);
}

/** The template that a workload runs. */
export function templateOf({
  platform,
  template = DEFAULT_WORKFLOW_TEMPLATE,
  tenant,
}: Pick<AgentWorkloadArgs, "platform" | "template" | "tenant">): CatalogueTemplate {
  if (typeof template === "string") {
    const own = tenant instanceof Tenant ? tenant.templates[template] : undefined;
    return own ? catalogueTemplate(own) : platform.template(template);
  }
  if (tenant instanceof Tenant && !(template.metadata.name in tenant.templates))
    throw new pulumi.RunError(
      `template: '${template.metadata.name}' is not among the tenant's templates: give it to the Tenant too, which puts it into the namespace`,
    );
  return catalogueTemplate(template);
}

/** Whether every part of a value is known. */
function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isPlain);
}
