// Admission for break-glass: who asks and who approves is who the API server knows, two people, and nobody gets the rights otherwise.
import { APPROVE_VERB, BREAK_GLASS_PREFIX, MAX_MINUTES } from "./access-request.ts";
import { admissionPolicy, forbidden, me, oursByPlural } from "./admission.ts";
import { ACCESS_REQUEST, API_GROUP, BREAK_GLASS_ROLE, OPERATOR_USER, tenantNamespace } from "./names.ts";

const { plural } = ACCESS_REQUEST;

/**
 * The ValidatingAdmissionPolicy of requests. A name in a field says nothing about who wrote it: it must be the writer's own. That
 * two fields name two people the schema says. A program's account is nobody's second pair of eyes.
 */
function accessRequestPolicy() {
  const before = (field: string) => `(oldObject == null ? '' : oldObject.spec.?${field}.orValue(''))`;
  const now = (field: string) => `object.spec.?${field}.orValue('')`;
  return admissionPolicy({
    name: `access-requests.${API_GROUP}`,
    resources: oursByPlural(plural),
    variables: [
      { name: "approves", expression: `${now("approvedBy")} != ${before("approvedBy")}` },
      { name: "ends", expression: `${now("endedBy")} != ${before("endedBy")}` },
      { name: "speaks", expression: "oldObject == null || variables.approves || variables.ends" },
    ],
    validations: [
      forbidden(
        `!variables.speaks || !${me}.startsWith('system:')`,
        `${me} + " is no person: people ask, approve and end"`,
      ),
      forbidden(
        `oldObject != null || object.spec.requestedBy == ${me}`,
        `"spec.requestedBy must be your own name, " + ${me}`,
      ),
      forbidden(
        `oldObject != null || !variables.approves`,
        `"spec.approvedBy can't be set by who asks: another person sets it"`,
      ),
      forbidden(
        `!variables.approves || ${now("approvedBy")} == ${me}`,
        `"spec.approvedBy must be your own name, " + ${me}`,
      ),
      forbidden(
        `!variables.approves || authorizer.group('${API_GROUP}').resource('${plural}').name(object.metadata.name).check('${APPROVE_VERB}').allowed()`,
        `${me} + " may not ${APPROVE_VERB} ${plural}.${API_GROUP}"`,
      ),
      forbidden(`!variables.ends || ${now("endedBy")} == ${me}`, `"spec.endedBy must be your own name, " + ${me}`),
    ],
  });
}

/**
 * The ValidatingAdmissionPolicy of bindings: the rights are given by the operator alone, to one person, and the operator gives and takes
 * nothing else.
 */
function accessBindingPolicy() {
  const about = "(object == null ? oldObject : object)";
  const isOurs = `${about}.roleRef.kind == 'Role' && ${about}.roleRef.name == '${BREAK_GLASS_ROLE}'`;
  const isOperator = `request.userInfo.username == '${OPERATOR_USER}'`;
  return admissionPolicy({
    name: `access-bindings.${API_GROUP}`,
    resources: {
      apiGroups: ["rbac.authorization.k8s.io"],
      apiVersions: ["v1"],
      resources: ["rolebindings"],
    },
    operations: ["CREATE", "UPDATE", "DELETE"],
    matchConditions: [{ name: "break-glass", expression: `${isOperator} || (${isOurs})` }],
    validations: [
      forbidden(
        `${isOperator} || request.operation == 'DELETE'`,
        `"Role ${BREAK_GLASS_ROLE} is given by an ${ACCESS_REQUEST.kind} that another person approves, not by a RoleBinding of " + request.userInfo.username`,
      ),
      forbidden(
        `!(${isOperator}) || (${isOurs} && ${about}.metadata.name.startsWith('${BREAK_GLASS_PREFIX}'))`,
        `"the operator binds and unbinds nothing but Role ${BREAK_GLASS_ROLE}"`,
      ),
      forbidden(
        `request.operation == 'DELETE' || (object.?subjects.orValue([]).size() == 1 && object.subjects.all(subject, subject.kind == 'User' && !subject.name.startsWith('system:')))`,
        `"Role ${BREAK_GLASS_ROLE} is for one person at a time"`,
      ),
      forbidden(
        `request.operation == 'DELETE' || object.metadata.?ownerReferences.orValue([]).exists(owner, owner.apiVersion == 'batch/v1' && owner.kind == 'Job')`,
        `"Role ${BREAK_GLASS_ROLE} is given for a time: a Job must own the RoleBinding"`,
      ),
    ],
  });
}

/**
 * The ValidatingAdmissionPolicy of timers: Jobs that make no pod and end in time. The operator makes no other Jobs, or it could run
 * what it likes in tenants' namespaces, and nobody sets a timer anew.
 */
function accessTimerPolicy() {
  const isOperator = `request.userInfo.username == '${OPERATOR_USER}'`;
  const isTimer = `object.metadata.name.startsWith('${BREAK_GLASS_PREFIX}')`;
  const most = MAX_MINUTES * 60;
  return admissionPolicy({
    name: `access-timers.${API_GROUP}`,
    resources: { apiGroups: ["batch"], apiVersions: ["v1"], resources: ["jobs"] },
    matchConditions: [
      {
        name: "timers",
        expression: `${isOperator} || (request.operation == 'UPDATE' && request.namespace.startsWith('${tenantNamespace("")}') && ${isTimer})`,
      },
    ],
    validations: [
      forbidden(
        `request.operation != 'CREATE' || (${isTimer} && object.spec.?parallelism.orValue(1) == 0 && object.spec.?activeDeadlineSeconds.orValue(${most + 1}) <= ${most} && object.spec.?ttlSecondsAfterFinished.orValue(1) == 0)`,
        `"the operator makes no Jobs but timers of break-glass: ${BREAK_GLASS_PREFIX}<name>, without pods, of at most ${MAX_MINUTES} minutes"`,
      ),
      forbidden(
        "request.operation == 'CREATE' || object.spec == oldObject.spec",
        `"a timer of break-glass is not set anew: make another ${ACCESS_REQUEST.kind}"`,
      ),
    ],
  });
}

/** All of them, in force before anybody asks. */
export const accessPolicies = () => [accessRequestPolicy(), accessBindingPolicy(), accessTimerPolicy()];
