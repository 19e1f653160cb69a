// Resolves the spec that runs: the workflow's own, or its WorkflowTemplate's with the workflow's fields on top.
import { requireEnumValue } from "./enum.ts";
import { globalLookup } from "./globals.ts";
import { joinSpecs } from "./merge.ts";
import { type Lookup, substituteIn } from "./substitute.ts";
import { type Library, SpecError, type Workflow, type WorkflowSpec } from "./types.ts";

/**
 * The spec to run, and the one to store in the status. A spec from a WorkflowTemplate is stored at the first pass, so that later changes
 * of the template have no effect. `suspend`, `shutdown` and the deadline always come from the workflow itself; Argo reads the deadline
 * again when a suspension begins or ends.
 */
export function resolveSpec(workflow: Workflow, library: Library): { spec: WorkflowSpec; stored?: WorkflowSpec } {
  const { spec, status } = workflow;
  const reference = spec.workflowTemplateRef;
  if (!reference) return { spec };
  const live = {
    ...(spec.suspend === undefined ? {} : { suspend: spec.suspend }),
    ...(spec.shutdown ? { shutdown: spec.shutdown } : {}),
    ...(spec.activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds: spec.activeDeadlineSeconds }),
  };
  const stored = status?.storedWorkflowTemplateSpec;
  if (stored) {
    const { suspend: _, shutdown: __, ...rest } = stored;
    return { spec: { ...rest, ...live }, stored };
  }
  const template = reference.clusterScope
    ? library.clusterWorkflowTemplate(reference.name)
    : library.workflowTemplate(reference.name);
  if (!template)
    throw new SpecError(
      `spec.workflowTemplateRef.name: ${reference.clusterScope ? "cluster " : ""}workflow template ${reference.name} not found`,
    );
  const joined = joinSpecs(spec, template.spec);
  return { spec: joined, stored: joined };
}

/** The spec with substituted arguments, which may use the workflow's name and the like; other text in braces is the user's. */
export function withArguments(workflow: Workflow, spec: WorkflowSpec): WorkflowSpec {
  const parameters = spec.arguments?.parameters;
  if (!parameters?.some(({ value }) => typeof value === "string" && value.includes("{{"))) return spec;
  const globals = globalLookup(workflow, { ...spec, arguments: {} }, () => ({ status: "", seconds: 0 }));
  const lenient: Lookup = (name) => globals(name) ?? `{{${name}}}`;
  const resolved = substituteIn(parameters, lenient);
  for (const [index, parameter] of resolved.entries())
    if (parameter.value !== undefined)
      requireEnumValue(parameter, parameter.value, `spec.arguments.parameters[${index}].value`);
  return { ...spec, arguments: { ...spec.arguments, parameters: resolved } };
}
