// Admission for Workflows outside the platform's own namespaces: they may reference a template and set its parameters, but not
// override what the template decides.
import { admissionPolicy, outsidePlatform } from "./admission.ts";
import { NO_VARIABLE } from "./fields.ts";
import { AGENT_SERVICE_ACCOUNT, API_GROUP, ARGO, LABELS } from "./names.ts";

/** Fields of a Workflow's spec that change nothing in its pods except their labels, which a rule of their own limits. */
const ALLOWED = [
  "workflowTemplateRef",
  "arguments",
  "serviceAccountName",
  "activeDeadlineSeconds",
  "ttlStrategy",
  "suspend",
  "shutdown",
  "workflowMetadata",
  "podMetadata",
  // Argo's controller writes an empty one.
  "entrypoint",
];

/** Labels that a Workflow's pods get from it: to whom they belong. */
export const POD_LABELS: readonly string[] = [LABELS.workload, LABELS.jobId, LABELS.attempt];

const argumentsOf = (object: string) => `${object}.spec.?arguments.?parameters.orValue([])`;

/**
 * The ValidatingAdmissionPolicy. Argo's own `Strict` and `Secure` template references still take podSpecPatch, hostNetwork,
 * serviceAccountName and securityContext from the Workflow. An allow-list that the API server itself checks has no such
 * holes. Pods get only labels that the Workflow has itself: with others they could choose their NetworkPolicies.
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
    validations: [
      {
        expression: `(oldObject != null && ${argumentsOf("oldObject")} == ${argumentsOf("object")}) || ${argumentsOf("object")}.all(parameter, !"%s".format([parameter.?value.orValue('')]).contains('$('))`,
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
