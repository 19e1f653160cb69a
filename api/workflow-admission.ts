// Admission for Workflows outside the platform's own namespaces: they may reference a template and set its parameters, but neither
// override what the template decides nor say how far they are.
import { admissionPolicy, isAdministrator, outsidePlatform } from "./admission.ts";
import { NO_VARIABLE } from "./fields.ts";
import { AGENT_SERVICE_ACCOUNT, AGENT_WORKLOAD, API_GROUP, ARGO, LABELS, NAMESPACES } from "./names.ts";

/** Fields of a Workflow's spec that change nothing in its pods except their labels, which a rule of their own limits. */
const ALLOWED = [
  "workflowTemplateRef",
  "arguments",
  "serviceAccountName",
  "activeDeadlineSeconds",
  "ttlStrategy",
  "suspend",
  "shutdown",
  "podMetadata",
  // Argo's controller writes an empty one.
  "entrypoint",
];

/** Labels that a Workflow's pods get from it: to whom they belong. */
export const POD_LABELS: readonly string[] = [LABELS.workload, LABELS.jobId, LABELS.attempt];

/** Fields of a parameter of a Workflow; another, `valueFrom`, reads ConfigMaps. */
const PARAMETER_FIELDS = ["name", "value", "default", "description", "enum"];

const argumentsOf = (object: string) => `${object}.spec.?arguments.orValue({})`;
const parametersOf = (object: string) => `${object}.spec.?arguments.?parameters.orValue([])`;
const statusOf = (object: string) => `${object}.?status.orValue({})`;
const ownersOf = (object: string) =>
  `${object}.metadata.?ownerReferences.orValue([]).filter(owner, owner.kind == '${AGENT_WORKLOAD.kind}')`;

/** CEL: whether the request is of an account in one of these namespaces. */
const isOf = (...namespaces: string[]) =>
  `request.userInfo.?groups.orValue([]).exists(group, group in ${JSON.stringify(namespaces.map((name) => `system:serviceaccounts:${name}`))})`;

/**
 * The ValidatingAdmissionPolicy. Argo's own `Strict` and `Secure` template references still take podSpecPatch, hostNetwork,
 * serviceAccountName and securityContext from the Workflow. An allow-list that the API server itself checks has no such
 * holes. Pods get only labels that the Workflow has itself: with others they could choose their NetworkPolicies. The status
 * is the engine's: it holds the spec that runs, whatever the template says, and what became of the gate. A Workflow that
 * an AgentWorkload owns is its run, which the operator alone makes.
 */
export function workflowAdmissionPolicy() {
  const allowed = JSON.stringify(ALLOWED);
  const labels = JSON.stringify(POD_LABELS);
  return admissionPolicy({
    name: `workflows.${API_GROUP}`,
    namespaceSelector: outsidePlatform,
    resources: {
      apiGroups: [ARGO.group],
      apiVersions: [ARGO.version],
      resources: ["workflows"],
    },
    variables: [
      {
        name: "sameArguments",
        expression: `oldObject != null && ${argumentsOf("oldObject")} == ${argumentsOf("object")}`,
      },
      { name: "isEngine", expression: `${isOf(NAMESPACES.argoWorkflows, NAMESPACES.system)} || ${isAdministrator}` },
      { name: "isOperator", expression: `${isOf(NAMESPACES.system)} || ${isAdministrator}` },
    ],
    validations: [
      {
        expression: `variables.isEngine || ${statusOf("object")} == (oldObject == null ? {} : ${statusOf("oldObject")})`,
        message:
          "status must not be set: it says what runs and what was approved, and only the workflow engine and the operator write it",
        reason: "Forbidden",
      },
      {
        expression: `variables.isOperator || ${ownersOf("object")}.all(owner, oldObject != null && owner in ${ownersOf("oldObject")})`,
        message: `metadata.ownerReferences must not have an ${AGENT_WORKLOAD.kind}: the operator makes the runs of workloads`,
        reason: "Forbidden",
      },
      {
        expression: `variables.sameArguments || (${argumentsOf("object")}.all(field, field == 'parameters') && ${parametersOf("object")}.all(parameter, parameter.all(field, field in ${JSON.stringify(PARAMETER_FIELDS)})))`,
        message: `spec.arguments may hold only parameters, each of ${PARAMETER_FIELDS.join(", ")}: others would read ConfigMaps, Secrets or addresses`,
      },
      {
        expression: `variables.sameArguments || ${parametersOf("object")}.all(parameter, !"%s".format([parameter]).contains('$('))`,
        message: `spec.arguments.parameters: a value ${NO_VARIABLE.message}`,
      },
      {
        expression: "has(object.spec.workflowTemplateRef)",
        message: "a Workflow in a tenant's namespace must use a template: set spec.workflowTemplateRef",
      },
      {
        expression: `!has(object.spec.serviceAccountName) || object.spec.serviceAccountName == '${AGENT_SERVICE_ACCOUNT}'`,
        message: `spec.serviceAccountName must be ${AGENT_SERVICE_ACCOUNT}: Workflows must not use another account`,
      },
      {
        expression: `object.spec.all(field, field in ${allowed})`,
        messageExpression: `"spec." + object.spec.filter(field, !(field in ${allowed})).join(", spec.") + " must not be set, because the template decides it; allowed are ${ALLOWED.join(", ")}"`,
      },
      {
        expression: [
          "!has(object.spec.podMetadata)",
          `(object.spec.podMetadata.all(field, field == 'labels') && has(object.spec.podMetadata.labels) && object.spec.podMetadata.labels.all(key, key in ${labels} && object.metadata.?labels[?key].orValue('') == object.spec.podMetadata.labels[key]))`,
        ].join(" || "),
        message: `spec.podMetadata may hold only the labels ${POD_LABELS.join(", ")}, each with the value that the Workflow itself has`,
      },
    ],
  });
}
