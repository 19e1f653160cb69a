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

/** CEL: an object's status. */
const statusOf = (object: string) => `${object}.?status.orValue({})`;
const ownersOf = (object: string) =>
  `${object}.metadata.?ownerReferences.orValue([]).filter(owner, owner.kind == '${AGENT_WORKLOAD.kind}')`;

/** CEL: whether the request is of an account in one of these namespaces. */
const isOf = (...namespaces: string[]) =>
  `request.userInfo.?groups.orValue([]).exists(group, group in ${JSON.stringify(namespaces.map((name) => `system:serviceaccounts:${name}`))})`;

/** Whether the request is of the workflow engine, the operator or an administrator. */
export const isEngine = {
  name: "isEngine",
  expression: `${isOf(NAMESPACES.argoWorkflows, NAMESPACES.system)} || ${isAdministrator}`,
};

/** A rule that keeps the status to those of {@link isEngine}. */
export const statusOfEngine = (why: string) => ({
  expression: `variables.isEngine || ${statusOf("object")} == (oldObject == null ? {} : ${statusOf("oldObject")})`,
  message: `status must not be set: ${why}`,
  reason: "Forbidden",
});

export interface SpecPlace {
  /** The path of the Workflow's spec in the object. */
  spec: string;
  /** CEL: the labels that the Workflow has, an optional. */
  labels: string;
}

/** What a Workflow's spec may hold, wherever in an object it is. */
export function workflowSpecRules({ spec, labels }: SpecPlace) {
  const allowed = JSON.stringify(ALLOWED);
  const podLabels = JSON.stringify(POD_LABELS);
  const object = `object.${spec}`;
  const argumentsOf = (of: string) => `${of}.${spec}.?arguments.orValue({})`;
  const parameters = `${object}.?arguments.?parameters.orValue([])`;
  return {
    variables: [
      {
        name: "sameArguments",
        expression: `oldObject != null && ${argumentsOf("oldObject")} == ${argumentsOf("object")}`,
      },
    ],
    validations: [
      {
        expression: `variables.sameArguments || (${argumentsOf("object")}.all(field, field == 'parameters') && ${parameters}.all(parameter, parameter.all(field, field in ${JSON.stringify(PARAMETER_FIELDS)})))`,
        message: `${spec}.arguments may hold only parameters, each of ${PARAMETER_FIELDS.join(", ")}: others would read ConfigMaps, Secrets or addresses`,
      },
      {
        expression: `variables.sameArguments || ${parameters}.all(parameter, !"%s".format([parameter]).contains('$('))`,
        message: `${spec}.arguments.parameters: a value ${NO_VARIABLE.message}`,
      },
      {
        expression: `has(${object}.workflowTemplateRef)`,
        message: `a Workflow in a tenant's namespace must use a template: set ${spec}.workflowTemplateRef`,
      },
      {
        expression: `!has(${object}.serviceAccountName) || ${object}.serviceAccountName == '${AGENT_SERVICE_ACCOUNT}'`,
        message: `${spec}.serviceAccountName must be ${AGENT_SERVICE_ACCOUNT}: Workflows must not use another account`,
      },
      {
        expression: `${object}.all(field, field in ${allowed})`,
        messageExpression: `"${spec}." + ${object}.filter(field, !(field in ${allowed})).join(", ${spec}.") + " must not be set, because the template decides it; allowed are ${ALLOWED.join(", ")}"`,
      },
      {
        expression: [
          `!has(${object}.podMetadata)`,
          `(${object}.podMetadata.all(field, field == 'labels') && has(${object}.podMetadata.labels) && ${object}.podMetadata.labels.all(key, key in ${podLabels} && ${labels}[?key].orValue('') == ${object}.podMetadata.labels[key]))`,
        ].join(" || "),
        message: `${spec}.podMetadata may hold only the labels ${POD_LABELS.join(", ")}, each with the value that the Workflow itself has`,
      },
    ],
  };
}

/**
 * The ValidatingAdmissionPolicy. Argo's own `Strict` and `Secure` template references still take podSpecPatch, hostNetwork,
 * serviceAccountName and securityContext from the Workflow. An allow-list that the API server itself checks has no such
 * holes. Pods get only labels that the Workflow has itself: with others they could choose their NetworkPolicies. The status
 * is the engine's: it holds the spec that runs, whatever the template says, and what became of the gate. A Workflow that
 * an AgentWorkload owns is its run, which the operator alone makes.
 */
export function workflowAdmissionPolicy() {
  const rules = workflowSpecRules({ spec: "spec", labels: "object.metadata.?labels" });
  return admissionPolicy({
    name: `workflows.${API_GROUP}`,
    namespaceSelector: outsidePlatform,
    resources: {
      apiGroups: [ARGO.group],
      apiVersions: [ARGO.version],
      resources: ["workflows"],
    },
    variables: [
      ...rules.variables,
      isEngine,
      { name: "isOperator", expression: `${isOf(NAMESPACES.system)} || ${isAdministrator}` },
    ],
    validations: [
      statusOfEngine("it says what runs and what was approved, and only the workflow engine and the operator write it"),
      {
        expression: `variables.isOperator || ${ownersOf("object")}.all(owner, oldObject != null && owner in ${ownersOf("oldObject")})`,
        message: `metadata.ownerReferences must not have an ${AGENT_WORKLOAD.kind}: the operator makes the runs of workloads`,
        reason: "Forbidden",
      },
      ...rules.validations,
    ],
  });
}
