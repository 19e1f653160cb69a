// Checks a workflow when it is submitted, and its fields again when they change.
import { SpecCheck } from "./check-spec.ts";
import { joinSpecs } from "./merge.ts";
import { Problems } from "./problems.ts";
import { checkSpecFields } from "./schema.ts";
import { type Library, SpecError, type Workflow } from "./types.ts";

const checkedSpecs = new WeakSet<object>();

/** Checks the types of a running workflow's fields, which may have changed; throws like `checkWorkflow`. */
export function checkFieldsAgain({ spec }: Workflow): void {
  if (checkedSpecs.has(spec)) return;
  const problems = new Problems();
  problems.add(checkSpecFields(spec, "spec"));
  problems.throw();
  checkedSpecs.add(spec);
}

/** Throws an Unsupported for fields that the engine does not support, a SpecError for an invalid workflow. */
export function checkWorkflow(workflow: Workflow, library: Library): void {
  const problems = new Problems();
  problems.add(checkSpecFields(workflow.spec, "spec"));
  problems.require(workflow.metadata.name.length <= 63, "metadata.name", "must not be more than 63 characters long");
  problems.throw();
  let spec = workflow.spec;
  const reference = spec.workflowTemplateRef;
  if (reference) {
    const resource = reference.clusterScope
      ? library.clusterWorkflowTemplate(reference.name)
      : library.workflowTemplate(reference.name);
    const kind = reference.clusterScope ? "cluster workflow template" : "workflow template";
    if (!resource) throw new SpecError(`spec.workflowTemplateRef.name: ${kind} ${reference.name} not found`);
    problems.add(checkSpecFields(resource.spec, `${kind} ${reference.name}: spec`));
    problems.throw();
    if (workflow.spec.templates?.length) throw new SpecError("spec.templates: is not valid beside workflowTemplateRef");
    spec = joinSpecs(workflow.spec, resource.spec);
  }
  const check = new SpecCheck(spec, library);
  check.run();
  check.problems.throw();
}
