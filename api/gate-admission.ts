// Admission for a tenant's rules about people's answers at gates: who submits says so, and who answers is another, one of a group, no program.
import { admissionPolicy } from "./admission.ts";
import { BOUND_FIELDS } from "./agentworkload.ts";
import { answerVariables } from "./approval.ts";
import { APPROVERS, GATE_RULES, GROUP_SEPARATOR } from "./gate-rules.ts";
import {
  AGENT_WORKLOAD,
  ANNOTATIONS,
  API_GROUP,
  API_VERSION,
  DEFAULT_WORKFLOW_TEMPLATE,
  TENANT_USER_ACCOUNT,
} from "./names.ts";

const me = "request.userInfo.username";

/** CEL: a field of the spec is as it was. */
const unchanged = (field: string) =>
  field === "parameters"
    ? "object.spec.?parameters.orValue({}) == oldObject.spec.?parameters.orValue({})"
    : `has(object.spec.${field}) == has(oldObject.spec.${field}) && (!has(object.spec.${field}) || object.spec.${field} == oldObject.spec.${field})`;

/**
 * The ValidatingAdmissionPolicy. Its parameters are the settings of the workload's own namespace, which only the stack writes. They
 * may change while a run waits: the operator denies a run whose rules aren't those that it was started with, so
 * that no answer counts that another rule has let pass.
 */
export function gateAdmissionPolicy() {
  const setting = (key: string, none: string) => `params.?data[?'${key}'].orValue('${none}')`;
  const { submittedBy } = ANNOTATIONS;
  const fourEyes = (expression: string, messageExpression: string) => ({
    expression: `!variables.fourEyes || ${expression}`,
    messageExpression: `"this tenant has four eyes: " + ${messageExpression}`,
    reason: "Forbidden",
  });
  return admissionPolicy({
    name: `gates.${API_GROUP}`,
    resources: { apiGroups: [API_GROUP], apiVersions: [API_VERSION], resources: [AGENT_WORKLOAD.plural] },
    bySettings: true,
    variables: [
      ...answerVariables,
      { name: "fourEyes", expression: `${setting(GATE_RULES.fourEyes, "false")} != 'false'` },
      { name: "several", expression: `!(${setting(GATE_RULES.quorum, "1")} in ['', '1'])` },
      {
        name: "template",
        expression: `object.spec.?orchestration.?workflowTemplateRef.?name.orValue('${DEFAULT_WORKFLOW_TEMPLATE}')`,
      },
      {
        name: "groups",
        expression: `params.?data[?('${APPROVERS}' + variables.template)].orValue('').split('${JSON.stringify(GROUP_SEPARATOR).slice(1, -1)}').filter(group, group != '')`,
      },
      { name: "submitter", expression: `object.metadata.?annotations[?'${submittedBy}'].orValue('')` },
    ],
    validations: [
      fourEyes(
        "oldObject != null || variables.submitter != ''",
        `"say who submits, by the annotation ${submittedBy}: " + ${me}`,
      ),
      fourEyes(
        `oldObject != null || ${me} != 'system:serviceaccount:' + object.metadata.namespace + ':${TENANT_USER_ACCOUNT}'`,
        `"the account ${TENANT_USER_ACCOUNT} is everybody's who has the tenant's kubeconfig; submit under a name of your own"`,
      ),
      fourEyes(
        `oldObject == null || variables.submitter == ${me} || (${BOUND_FIELDS.map(unchanged).join(" && ")})`,
        `"what runs is changed only by who has submitted it" + (variables.submitter == '' ? '' : ', ' + variables.submitter)`,
      ),
      fourEyes(
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
