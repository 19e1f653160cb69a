// Admission for a person's answer at the gate: only a user with the verb `approve` may write it, in their own name, while the gate waits.
import { admissionPolicy } from "./admission.ts";
import { AGENT_WORKLOAD, ANNOTATIONS, API_GROUP, API_VERSION } from "./names.ts";
import { APPROVE_VERB } from "./roles.ts";

/** Whether the workload waits for a person because its budget is used up, in whatever mode. */
const BUDGET_WAITS =
  "(oldObject != null && oldObject.?status.?conditions.orValue([]).exists(c, c.type == 'WithinBudget' && c.status == 'False'))";

function annotation(object: string, key: string): string {
  return `${object}.metadata.?annotations[?'${key}'].orValue('')`;
}

/** `before` is the old object's annotation; an object that is being created has none. */
function before(key: string): string {
  return `oldObject == null ? '' : ${annotation("oldObject", key)}`;
}

/**
 * The ValidatingAdmissionPolicy. An annotation alone says nothing about who wrote it; the API server knows, so it
 * refuses an answer by someone without the verb, in another's name, before the gate waits, or in mode auto. Removing
 * an answer is always allowed: the operator does it once the gate is decided.
 */
export function approvalAdmissionPolicy() {
  const { approval, approvedBy, approvalReason } = ANNOTATIONS;
  const rule = (expression: string, messageExpression: string) => ({
    expression: `variables.untouched || ${expression}`,
    messageExpression,
    reason: "Forbidden",
  });
  return admissionPolicy({
    name: `approval.${API_GROUP}`,
    resources: {
      apiGroups: [API_GROUP],
      apiVersions: [API_VERSION],
      resources: [AGENT_WORKLOAD.plural],
    },
    variables: [
      { name: "answer", expression: annotation("object", approval) },
      { name: "by", expression: annotation("object", approvedBy) },
      {
        name: "untouched",
        expression: [
          "variables.answer == ''",
          `(variables.answer == (${before(approval)}) && variables.by == (${before(approvedBy)}) && ${annotation("object", approvalReason)} == (${before(approvalReason)}))`,
        ].join(" || "),
      },
    ],
    validations: [
      rule("variables.answer in ['approve', 'deny']", `"${approval} must be approve or deny, not " + variables.answer`),
      rule(
        "(oldObject != null && oldObject.?status.?phase.orValue('') == 'AwaitingApproval')",
        `"${approval} can only be set while the workload is in phase AwaitingApproval"`,
      ),
      rule(
        `(object.spec.?approval.?mode.orValue('') == 'manual' || ${BUDGET_WAITS})`,
        `"${approval} can only be set with spec.approval.mode: manual; in mode auto the policy engine decides"`,
      ),
      rule(
        "variables.by == request.userInfo.username",
        `"${approvedBy} must be your own name, " + request.userInfo.username`,
      ),
      rule(
        `authorizer.group('${API_GROUP}').resource('${AGENT_WORKLOAD.plural}').namespace(object.metadata.namespace).name(object.metadata.name).check('${APPROVE_VERB}').allowed()`,
        `request.userInfo.username + " may not ${APPROVE_VERB} ${AGENT_WORKLOAD.plural}.${API_GROUP} in namespace " + object.metadata.namespace`,
      ),
    ],
  });
}
