// Admission for a tenant's rules about people's answers at gates: who submits says so, and who answers is another, one of a group, no program.
import { admissionPolicy, me, oursByPlural } from "./admission.ts";
import { BOUND_FIELDS } from "./agentworkload.ts";
import { answerVariables } from "./approval.ts";
import { APPROVERS, GATE_RULES, GATE_RULES_FORM } from "./gate-rules.ts";
import {
  AGENT_WORKLOAD,
  ANNOTATIONS,
  API_GROUP,
  DEFAULT_WORKFLOW_TEMPLATE,
  OPERATOR_USER,
  TENANT_USER_ACCOUNT,
  tenantNamespace,
} from "./names.ts";

/** CEL: a field of the spec is as it was. */
const unchanged = (field: string) =>
  field === "parameters"
    ? "object.spec.?parameters.orValue({}) == oldObject.spec.?parameters.orValue({})"
    : `has(object.spec.${field}) == has(oldObject.spec.${field}) && (!has(object.spec.${field}) || object.spec.${field} == oldObject.spec.${field})`;

/** CEL: whether the tenant has that rule. */
const hasRule = (line: string) => `variables.isReadable && ${JSON.stringify(line)} in variables.rules`;

/** CEL variables: the tenant's rules, whether they can be read, and whether it has four eyes. */
export const gateRuleVariables = [
  { name: "text", expression: `namespaceObject.metadata.?annotations[?'${ANNOTATIONS.gateRules}'].orValue('')` },
  { name: "rules", expression: String.raw`variables.text.split('\n')` },
  { name: "isReadable", expression: `variables.text.matches(${JSON.stringify(GATE_RULES_FORM)})` },
  {
    name: "isRuled",
    expression: `variables.text != '' || object.metadata.namespace.startsWith('${tenantNamespace("")}')`,
  },
  {
    name: "unreadable",
    expression: `"this tenant's rules for gates can't be read: annotation ${ANNOTATIONS.gateRules} of namespace " + object.metadata.namespace + (variables.text == '' ? " is missing" : " isn't as the platform writes it")`,
  },
  { name: "fourEyes", expression: `variables.isRuled && !(${hasRule(`${GATE_RULES.fourEyes}=false`)})` },
];

/** A check that holds where the tenant has {@link gateRuleVariables four eyes}. */
export const withFourEyes = (expression: string, messageExpression: string) => ({
  expression: `!variables.fourEyes || ${expression}`,
  messageExpression: `(variables.isReadable ? "this tenant has four eyes: " : variables.unreadable + ", so that it counts as having four eyes: ") + (${messageExpression})`,
  reason: "Forbidden",
});

/** A check that nobody submits by the account whose token all of a tenant's people have, where it has four eyes. */
export const notByEverybody = (unless: string) =>
  withFourEyes(
    `${unless} || ${me} != 'system:serviceaccount:' + object.metadata.namespace + ':${TENANT_USER_ACCOUNT}'`,
    `"the account ${TENANT_USER_ACCOUNT} is everybody's who has the tenant's kubeconfig; submit under a name of your own"`,
  );

/** CEL: what whoever says nothing about themselves is told. */
export const SAY_WHO = `"say who submits, by the annotation ${ANNOTATIONS.submittedBy}: " + ${me}`;

/**
 * The ValidatingAdmissionPolicy. The rules are in an annotation of the workload's own namespace, which only the platform sets, and a
 * team for its own tenant to what the platform's config says (`namespaces.agentic.io`). A tenant whose rules can't be read has
 * four eyes, and takes no answer. They may change while a run waits: the operator denies a run whose rules aren't those that it was
 * started with, so that no answer counts that another rule has let pass.
 */
export function gateAdmissionPolicy() {
  const { submittedBy } = ANNOTATIONS;
  return admissionPolicy({
    name: `gates.${API_GROUP}`,
    resources: oursByPlural(AGENT_WORKLOAD.plural),
    variables: [
      ...answerVariables,
      ...gateRuleVariables,
      { name: "several", expression: `variables.isRuled && !(${hasRule(`${GATE_RULES.quorum}=1`)})` },
      {
        name: "template",
        expression: `object.spec.?orchestration.?workflowTemplateRef.?name.orValue('${DEFAULT_WORKFLOW_TEMPLATE}')`,
      },
      { name: "groupsKey", expression: `'${APPROVERS}' + variables.template + '='` },
      {
        name: "groups",
        expression:
          "variables.rules.filter(line, line.startsWith(variables.groupsKey)).map(line, line.substring(size(variables.groupsKey)))",
      },
      { name: "submitter", expression: `object.metadata.?annotations[?'${submittedBy}'].orValue('')` },
    ],
    validations: [
      {
        expression: "!variables.isRuled || variables.isReadable || variables.untouched || variables.answer == ''",
        messageExpression: "variables.unreadable + ', so nobody answers at its gates'",
        reason: "Forbidden",
      },
      withFourEyes(
        "oldObject != null || variables.submitter != ''",
        `${me} == '${OPERATOR_USER}' ? "the schedule must say who has made it, by its annotation ${submittedBy}: whoever changes it next sets that" : ${SAY_WHO}`,
      ),
      notByEverybody("oldObject != null"),
      withFourEyes(
        `oldObject == null || variables.submitter == ${me} || (${BOUND_FIELDS.map(unchanged).join(" && ")})`,
        `"what runs is changed only by who has submitted it" + (variables.submitter == '' ? '' : ', ' + variables.submitter)`,
      ),
      withFourEyes(
        `variables.untouched || variables.answer != 'approve' || (variables.submitter != '' && variables.submitter != ${me})`,
        `(variables.submitter == '' ? "nobody says who has submitted the workload, so nobody can approve it" : "you have submitted the workload, " + ${me} + ", so another person approves it")`,
      ),
      {
        expression: `!(variables.fourEyes || variables.several) || variables.untouched || variables.answer == '' || !${me}.startsWith('system:serviceaccount:')`,
        messageExpression: `${me} + " is a program's account, which is nobody's second pair of eyes: people answer here"`,
        reason: "Forbidden",
      },
      {
        expression:
          "variables.groups.size() == 0 || variables.untouched || variables.answer == '' || request.userInfo.?groups.orValue([]).exists(group, group in variables.groups)",
        messageExpression: `"workloads of template " + variables.template + " are answered by members of " + variables.groups.join(", ") + "; " + ${me} + " is of none"`,
        reason: "Forbidden",
      },
    ],
  });
}
