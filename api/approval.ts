// Admission for a person's answer at the gate: only a user with the verb `approve` may write it, in their own name, while the gate waits.
import { admissionPolicy, annotationBefore, annotationOf, forbidden, me, oursByPlural } from "./admission.ts";
import { CHANGE_PREFIX, MAX_CHANGE } from "./changes.ts";
import { DECIDERS } from "./deciders.ts";
import { MAX_QUESTIONS } from "./limits.ts";
import {
  AGENT_SCHEDULE,
  AGENT_SERVICE_ACCOUNT,
  AGENT_WORKLOAD,
  ANNOTATIONS,
  API_GROUP,
  EXECUTOR_SERVICE_ACCOUNT,
  KUBERNETES_NAMESPACES,
  NAMESPACES,
  OPERATOR_USER,
} from "./names.ts";
import { APPROVE_VERB } from "./roles.ts";

/** Whether the workload waits for a person because its budget is used up, in whatever mode. */
const BUDGET_WAITS =
  "(oldObject != null && oldObject.?status.?conditions.orValue([]).exists(c, c.type == 'WithinBudget' && c.status == 'False'))";

/** CEL variables: the answer, its giver, those of before, and whether nothing of it changes. */
export const answerVariables = [
  { name: "answer", expression: annotationOf("object", ANNOTATIONS.approval) },
  { name: "by", expression: annotationOf("object", ANNOTATIONS.approvedBy) },
  { name: "answerBefore", expression: annotationBefore(ANNOTATIONS.approval) },
  { name: "byBefore", expression: annotationBefore(ANNOTATIONS.approvedBy) },
  { name: "annotations", expression: "object.metadata.?annotations.orValue({})" },
  { name: "annotationsBefore", expression: "oldObject == null ? {} : oldObject.metadata.?annotations.orValue({})" },
  ...["", "Before"].map((when) => ({
    name: `changes${when}`,
    expression: `variables.annotations${when}.filter(key, key.startsWith('${CHANGE_PREFIX}'))`,
  })),
  {
    name: "sameChanges",
    expression:
      "variables.changes.size() == variables.changesBefore.size() && variables.changes.all(key, key in variables.annotationsBefore && variables.annotationsBefore[key] == variables.annotations[key])",
  },
  {
    name: "untouched",
    expression: `variables.sameChanges && variables.answer == variables.answerBefore && variables.by == variables.byBefore && ${annotationOf("object", ANNOTATIONS.approvalReason)} == ${annotationBefore(ANNOTATIONS.approvalReason)}`,
  },
];

/** CEL: the user is an account of the platform's or the cluster's, or one that a tenant's pods run as. */
function isPlatform(): string {
  const account = (namespace: string, name = "") => `'system:serviceaccount:' + ${namespace} + ':${name}'`;
  const namespaces = JSON.stringify([...Object.values(NAMESPACES), ...KUBERNETES_NAMESPACES]);
  const pods = [AGENT_SERVICE_ACCOUNT, EXECUTOR_SERVICE_ACCOUNT, "default"];
  return `(${namespaces}.exists(space, ${me}.startsWith(${account("space")})) || ${me} in [${pods.map((name) => account("object.metadata.namespace", name)).join(", ")}])`;
}

/** CEL: whether a schedule owns the workload. */
export const isOfSchedule = (object: string) =>
  `${object}.metadata.?ownerReferences.orValue([]).exists(owner, owner.kind == '${AGENT_SCHEDULE.kind}')`;

/** CEL: a part of the status's `approval` before the request, empty where there is none. */
const approvalBefore = (field: string, none: string) =>
  `(oldObject == null ? ${none} : oldObject.?status.?approval.?${field}.orValue(${none}))`;

/** CEL: the name of what an annotation changes. */
const nameOf = (key: string) => `${key}.substring(${CHANGE_PREFIX.length})`;

/**
 * Checks of what is changed with an approval: whoever may write the answer writes it, with the answer. Its values are checked against the
 * template's limits by the operator, which refuses the approval that has them.
 */
function changeValidations() {
  const change = (expression: string, messageExpression: string) =>
    forbidden(`variables.untouched || variables.changes.size() == 0 || ${expression}`, messageExpression);
  const value = "variables.annotations[key]";
  return [
    change(
      "variables.answer == 'approve'",
      `variables.changes.join(", ") + ": something is changed with an approval alone: set ${ANNOTATIONS.approval} to approve, or take it off"`,
    ),
    change(`!${BUDGET_WAITS}`, `"the question of a used-up budget takes approve or deny, and nothing is changed"`),
    change(
      `variables.changes.all(key, ${nameOf("key")} in variables.changeable)`,
      `variables.changes.filter(key, !(${nameOf("key")} in variables.changeable)).join(", ") + (variables.changeable.size() == 0 ? ": nothing can be changed at this gate" : ": can't be changed at this gate: it has " + variables.changeable.map(name, name).join(", "))`,
    ),
    change(
      `variables.changes.all(key, ${value}.trim() != '' && size(${value}) <= ${MAX_CHANGE} && !${value}.contains('{{') && !${value}.contains('$('))`,
      `variables.changes.join(", ") + ": each must have 1 to ${MAX_CHANGE} characters, and neither '{{' nor '$('"`,
    ),
    // Else the gate would open with what one of its approvers has not seen.
    forbidden(
      `variables.untouched || variables.answer != 'approve' || ${BUDGET_WAITS} || !${approvalBefore("answers", "[]")}.exists(given, given.decision == 'approve') || (variables.changes.size() == variables.approvedChanges.size() && variables.changes.all(key, ${nameOf("key")} in variables.approvedChanges && variables.approvedChanges[${nameOf("key")}].value == ${value}))`,
      `"who has approved has approved " + (variables.approvedChanges.size() == 0 ? "without changes" : "with " + variables.approvedChanges.map(name, name + "=" + variables.approvedChanges[name].value).join(", ")) + ", and each approval has the same changes: approve with the same, ask, or deny"`,
    ),
  ];
}

/** CEL: what the status has of questions; an object that is being created has none. */
const QUESTIONS = approvalBefore("questions", "[]");

/**
 * Checks of a question that is asked back instead of an answer, and of the reply to it. Who asks is checked as who answers is. Anybody
 * may reply who may change the workload, which `editing.agentic.io` sees to: what counts is under whose name.
 */
function questionValidations() {
  const { approval, approvalReason, reply, repliedBy } = ANNOTATIONS;
  const question = (expression: string, messageExpression: string) => ({
    expression: `variables.untouched || variables.answer != 'ask' || ${expression}`,
    messageExpression,
    reason: "Forbidden",
  });
  const replying = (expression: string, messageExpression: string) => ({
    expression: `variables.replyUntouched || variables.reply == '' || ${expression}`,
    messageExpression,
    reason: "Forbidden",
  });
  return [
    question(
      `${annotationOf("object", approvalReason)}.trim() != ''`,
      `"say what you ask, by the annotation ${approvalReason}"`,
    ),
    question(`!${BUDGET_WAITS}`, `"the question of a used-up budget takes approve or deny, and nothing is asked back"`),
    question(
      `${QUESTIONS}.size() < ${MAX_QUESTIONS}`,
      `"${MAX_QUESTIONS} questions have been asked already: approve or deny"`,
    ),
    replying(
      `(variables.waits && ${QUESTIONS}.exists(asked, !has(asked.reply)))`,
      `"${reply} can only be set while a question is open at the gate"`,
    ),
    replying(`variables.repliedBy == ${me}`, `"${repliedBy} must be your own name, " + ${me}`),
    {
      expression: `variables.replyUntouched || variables.replyBefore == '' || !variables.waits || variables.repliedByBefore == ${me} || (variables.reply == '' && ${me} == '${OPERATOR_USER}')`,
      messageExpression: `"the reply of " + variables.repliedByBefore + " is being recorded, and only they may change it: try again in a moment"`,
      reason: "Forbidden",
    },
    // Else the reply could be taken for one to a question that its giver hasn't read, and the answer be given without its having been read.
    {
      expression:
        "variables.answer == '' || variables.reply == '' || (variables.untouched && variables.replyUntouched)",
      messageExpression: `variables.untouched ? "the ${approval} of " + variables.by + " is being recorded: try again in a moment" : "the reply of " + variables.repliedBy + " is being recorded: read it, and try again in a moment"`,
      reason: "Forbidden",
    },
  ];
}

/**
 * The ValidatingAdmissionPolicy. An annotation alone says nothing about who wrote it; the API server knows, so it
 * refuses an answer by someone without the verb, in another's name, a second time, before the gate waits, or in mode auto. What somebody has
 * answered, nobody else changes or takes off: the operator does once it has recorded it. Who has submitted the workload is said once, by
 * its own submitter; of a schedule's the operator says it, who takes it from the schedule.
 */
export function approvalAdmissionPolicy() {
  const { approval, approvedBy, submittedBy } = ANNOTATIONS;
  const answer = (expression: string, messageExpression: string) =>
    forbidden(`variables.untouched || variables.answer == '' || ${expression}`, messageExpression);
  return admissionPolicy({
    name: `approval.${API_GROUP}`,
    resources: oursByPlural(AGENT_WORKLOAD.plural),
    variables: [
      ...answerVariables,
      { name: "waits", expression: "oldObject != null && oldObject.?status.?phase.orValue('') == 'AwaitingApproval'" },
      { name: "changeable", expression: approvalBefore("changeable", "{}") },
      { name: "approvedChanges", expression: approvalBefore("changes", "{}") },
      { name: "submitter", expression: annotationOf("object", submittedBy) },
      { name: "reply", expression: annotationOf("object", ANNOTATIONS.reply) },
      { name: "replyBefore", expression: annotationBefore(ANNOTATIONS.reply) },
      { name: "repliedBy", expression: annotationOf("object", ANNOTATIONS.repliedBy) },
      { name: "repliedByBefore", expression: annotationBefore(ANNOTATIONS.repliedBy) },
      {
        name: "replyUntouched",
        expression: "variables.reply == variables.replyBefore && variables.repliedBy == variables.repliedByBefore",
      },
    ],
    validations: [
      answer(
        "variables.answer in ['approve', 'deny', 'ask']",
        `"${approval} must be approve, deny or ask, not " + variables.answer`,
      ),
      answer("variables.waits", `"${approval} can only be set while the workload is in phase AwaitingApproval"`),
      answer(
        `(object.spec.?approval.?mode.orValue('') == 'manual' || ${BUDGET_WAITS})`,
        `"${approval} can only be set with spec.approval.mode: manual; in mode auto the policy engine decides"`,
      ),
      answer(`variables.by == ${me}`, `"${approvedBy} must be your own name, " + ${me}`),
      answer(
        `authorizer.group('${API_GROUP}').resource('${AGENT_WORKLOAD.plural}').namespace(object.metadata.namespace).name(object.metadata.name).check('${APPROVE_VERB}').allowed()`,
        `${me} + " may not ${APPROVE_VERB} ${AGENT_WORKLOAD.plural}.${API_GROUP} in namespace " + object.metadata.namespace`,
      ),
      answer(
        `!(${isPlatform()} || ${me} in ${JSON.stringify(DECIDERS)})`,
        `${me} + " is no person: accounts of the platform and of pods don't answer at gates"`,
      ),
      answer(
        `variables.answer != 'approve' || ${BUDGET_WAITS} || oldObject == null || !oldObject.?status.?approval.?answers.orValue([]).exists(given, given.by == ${me} && given.decision == 'approve')`,
        `"you have approved already, " + ${me} + ": each person counts once"`,
      ),
      forbidden(
        `variables.untouched || variables.answerBefore == '' || !variables.waits || variables.byBefore == ${me} || (variables.answer == '' && ${me} == '${OPERATOR_USER}')`,
        `"the answer of " + variables.byBefore + " is being recorded, and only they may change it: try again in a moment"`,
      ),
      forbidden(
        `oldObject == null ? (variables.submitter in ['', ${me}] || (${me} == '${OPERATOR_USER}' && ${isOfSchedule("object")})) : variables.submitter == ${annotationBefore(submittedBy)}`,
        `oldObject == null ? "${submittedBy} must be your own name, " + ${me} : "${submittedBy} never changes: make a new AgentWorkload instead"`,
      ),
      ...changeValidations(),
      ...questionValidations(),
    ],
  });
}
