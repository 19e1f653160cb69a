// Admission for who may change what of an AgentWorkload: RBAC knows `patch` alone for an answer at the gate and for the whole spec.
import { admissionPolicy, oursByPlural, sameMetadata } from "./admission.ts";
import { CHANGE_PREFIX } from "./changes.ts";
import { AGENT_WORKLOAD, ANNOTATIONS, API_GROUP, OPERATOR_USER } from "./names.ts";

/** CEL: annotations without those of an answer, as far as they differ from the other object's. */
const othersIn = (object: string, other: string) =>
  `${object}.all(key, key in variables.answerKeys || key.startsWith('${CHANGE_PREFIX}') || (key in ${other} && ${object}[key] == ${other}[key]))`;

/**
 * The ValidatingAdmissionPolicy. Whoever may neither create nor update workloads, such as an approver, changes nothing of one but
 * the answer at its gate: what runs is not theirs to say.
 */
export function editingAdmissionPolicy() {
  const may = (verb: string) =>
    `authorizer.group('${API_GROUP}').resource('${AGENT_WORKLOAD.plural}').namespace(object.metadata.namespace).name(object.metadata.name).check('${verb}').allowed()`;
  return admissionPolicy({
    name: `editing.${API_GROUP}`,
    resources: oursByPlural(AGENT_WORKLOAD.plural),
    operations: ["UPDATE"],
    variables: [
      {
        name: "answerKeys",
        // A reply is of somebody who may change workloads; the operator takes it off once it has recorded it.
        expression: `['${ANNOTATIONS.approval}', '${ANNOTATIONS.approvedBy}', '${ANNOTATIONS.approvalReason}'] + (request.userInfo.username == '${OPERATOR_USER}' ? ['${ANNOTATIONS.reply}', '${ANNOTATIONS.repliedBy}'] : [])`,
      },
      { name: "annotations", expression: "object.metadata.?annotations.orValue({})" },
      { name: "before", expression: "oldObject.metadata.?annotations.orValue({})" },
      {
        name: "onlyAnswer",
        expression: [
          "object.spec == oldObject.spec",
          sameMetadata("labels", "{}"),
          sameMetadata("finalizers", "[]"),
          sameMetadata("ownerReferences", "[]"),
          othersIn("variables.annotations", "variables.before"),
          othersIn("variables.before", "variables.annotations"),
        ].join(" && "),
      },
    ],
    validations: [
      {
        expression: `variables.onlyAnswer || ${may("update")} || ${may("create")}`,
        messageExpression: `request.userInfo.username + " may answer at the gate, and change nothing else of a workload: that takes the right to create or to update ${AGENT_WORKLOAD.plural}"`,
        reason: "Forbidden",
      },
    ],
  });
}
