// Admission for Argo's CronWorkflows outside the platform's own namespaces: the Workflows that the engine makes of one are judged here.
import { admissionPolicy, forbidden, me, outsidePlatform } from "./admission.ts";
import { API_GROUP, ARGO } from "./names.ts";
import { isEngine, statusOfEngine, workflowSpecRules } from "./workflow-admission.ts";

/** What the metadata of its Workflows may hold. */
const METADATA = ["labels", "annotations"];

const METADATA_FIELD = "object.spec.?workflowMetadata.orValue({})";

/** CEL: whether what runs is as it was. */
const SAME_WORKFLOW = ["workflowSpec", "workflowMetadata"]
  .map((field) => `oldObject.spec.?${field}.orValue({}) == object.spec.?${field}.orValue({})`)
  .join(" && ");

/**
 * The ValidatingAdmissionPolicy. The engine's account makes a CronWorkflow's Workflows, whoever has written it: so its writer must be
 * allowed to make Workflows, and its workflowSpec is held to what a Workflow's spec may be, as it is applied and not at its first time.
 * Its status is the engine's.
 */
export function cronWorkflowAdmissionPolicy() {
  const rules = workflowSpecRules({ spec: "spec.workflowSpec", labels: "object.spec.?workflowMetadata.?labels" });
  return admissionPolicy({
    name: `cronworkflows.${API_GROUP}`,
    namespaceSelector: outsidePlatform,
    resources: { apiGroups: [ARGO.group], apiVersions: [ARGO.version], resources: ["cronworkflows"] },
    variables: [
      isEngine,
      // One that is older than these rules can be suspended all the same.
      { name: "sameWorkflow", expression: `oldObject != null && ${SAME_WORKFLOW}` },
      ...rules.variables,
    ],
    validations: [
      statusOfEngine("it says what is active and what has been made, and only the workflow engine writes it"),
      forbidden(
        `(oldObject != null && object.spec == oldObject.spec) || authorizer.group('${ARGO.group}').resource('workflows').namespace(object.metadata.namespace).check('create').allowed()`,
        `${me} + " may not create workflows.${ARGO.group} in namespace " + object.metadata.namespace + ", so a CronWorkflow must not have them made"`,
      ),
      {
        expression: `variables.sameWorkflow || ${METADATA_FIELD}.all(field, field in ${JSON.stringify(METADATA)})`,
        message: `spec.workflowMetadata may hold only ${METADATA.join(" and ")}`,
      },
      {
        expression: "has(object.spec.workflowSpec)",
        message: "spec.workflowSpec must be set: it says which template runs",
      },
      ...rules.validations.map(({ expression, ...more }) => ({
        expression: `variables.sameWorkflow || (${expression})`,
        ...more,
      })),
    ],
  });
}
