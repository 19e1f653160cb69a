// What the kit takes as a template: one made by agentWorkflow, or what a YAML file says.
import type { DescribedTemplate } from "@agentic/api/catalogue.ts";
import { ARGO } from "@agentic/api/names.ts";
import type { WorkflowTemplate } from "@agentic/engine/core/types.ts";

/** A WorkflowTemplate or ClusterWorkflowTemplate of Argo Workflows, with what the platform's catalogue reads of it. */
export type PipelineTemplate = WorkflowTemplate & DescribedTemplate;

/** What the functions of the kit take: any object, such as agentWorkflow's result, a document of a YAML file, or a resource of another library's types. */
export type AnyTemplate = object;

/** Whether a value is a template with a name and a spec; what is in its spec, {@link lint} judges. */
export const isTemplate = (value: unknown): value is PipelineTemplate => {
  const { apiVersion, kind, metadata, spec } = (value ?? {}) as Record<string, unknown>;
  const kinds = ["WorkflowTemplate", "ClusterWorkflowTemplate"];
  const isNamed = typeof (metadata as { name?: unknown } | undefined)?.name === "string";
  return (
    apiVersion === ARGO.groupVersion &&
    kinds.includes(String(kind)) &&
    isNamed &&
    typeof spec === "object" &&
    spec !== null
  );
};

/** A template as the kit reads it. Throws where it is none. */
export function templateOf(value: AnyTemplate): PipelineTemplate {
  if (isTemplate(value)) return value;
  throw new Error(
    `not a template: it must have apiVersion ${ARGO.groupVersion}, kind WorkflowTemplate or ClusterWorkflowTemplate, metadata.name and spec`,
  );
}
