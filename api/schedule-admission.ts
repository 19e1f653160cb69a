// Admission for schedules: who says what runs and when is who the API server knows, and may start it; nobody else makes a schedule's workloads.
import {
  admissionPolicy,
  annotationOf,
  forbidden,
  isAdministrator,
  me,
  oursByPlural,
  sameMetadata,
} from "./admission.ts";
import { isOfSchedule } from "./approval.ts";
import { rangesInOrder } from "./cron-admission.ts";
import { gateRuleVariables, notByEverybody, SAY_WHO, withFourEyes } from "./gate-admission.ts";
import { AGENT_SCHEDULE, AGENT_WORKLOAD, ANNOTATIONS, API_GROUP, OPERATOR_USER } from "./names.ts";
import { sizeRules } from "./workload-admission.ts";

const { submittedBy } = ANNOTATIONS;

/** CEL: whether who asks may do that in the namespace. */
const may = (verb: string, resource: string) =>
  `authorizer.group('${API_GROUP}').resource('${resource}').namespace(object.metadata.namespace).check('${verb}').allowed()`;

const SAME_WORKLOAD = "object.spec.workload == oldObject.spec.workload";

/** CEL: the schedule's fields are as they were, but for these. */
const sameSchedule = (...except: string[]) => {
  const isExcepted = `field in ${JSON.stringify(except)}`;
  const [now, before] = ["object.spec.schedule", "oldObject.spec.schedule"];
  return `${now}.all(field, ${isExcepted} || (field in ${before} && ${now}[field] == ${before}[field])) && ${before}.all(field, ${isExcepted} || field in ${now})`;
};

/**
 * The ValidatingAdmissionPolicy of schedules. Their workloads are submitted in the name of who has said last what runs and when, so
 * that name must be the writer's own, who must be allowed to make workloads. Whoever may neither create nor update schedules, and may patch
 * them, suspends and resumes them alone.
 */
function schedulePolicy() {
  return admissionPolicy({
    name: `schedules.${API_GROUP}`,
    resources: oursByPlural(AGENT_SCHEDULE.plural),
    variables: [
      {
        name: "says", // Neither suspension nor how much is kept changes what runs, or when.
        expression: `oldObject == null || !(${SAME_WORKLOAD} && ${sameSchedule("suspend", "historyLimits")})`,
      },
      { name: "submitter", expression: annotationOf("object", submittedBy) },
      {
        name: "onlySuspends",
        expression: [
          SAME_WORKLOAD,
          sameSchedule("suspend"),
          sameMetadata("labels", "{}"),
          sameMetadata("annotations", "{}"),
          sameMetadata("finalizers", "[]"),
          sameMetadata("ownerReferences", "[]"),
        ].join(" && "),
      },
      ...gateRuleVariables,
      ...sizeRules("spec.workload.spec").variables,
    ],
    validations: [
      forbidden(
        `oldObject == null || variables.onlySuspends || ${may("update", AGENT_SCHEDULE.plural)} || ${may("create", AGENT_SCHEDULE.plural)}`,
        `${me} + " may suspend and resume schedules, and change nothing else of them: that takes the right to create or to update ${AGENT_SCHEDULE.plural}"`,
      ),
      forbidden(
        `!variables.says || ${may("create", AGENT_WORKLOAD.plural)}`,
        `${me} + " may not create ${AGENT_WORKLOAD.plural}.${API_GROUP} in namespace " + object.metadata.namespace + ", so a schedule must not do so in that name"`,
      ),
      forbidden(
        `variables.says ? variables.submitter in ['', ${me}] : variables.submitter == ${annotationOf("oldObject", submittedBy)}`,
        `variables.says ? "${submittedBy} must be your own name, " + ${me} + ": the schedule's workloads are submitted in the name of who says what runs and when" : "${submittedBy} stays as it is where neither what runs nor when is changed"`,
      ),
      withFourEyes("!variables.says || variables.submitter != ''", SAY_WHO),
      notByEverybody("!variables.says"),
      rangesInOrder("object.spec.schedule.cron"),
      ...sizeRules("spec.workload.spec").validations,
    ],
  });
}

/** The ValidatingAdmissionPolicy of their workloads: the operator makes those and no others, and nobody else says that one is a schedule's. */
function scheduledWorkloadPolicy() {
  return admissionPolicy({
    name: `scheduled.${API_GROUP}`,
    resources: oursByPlural(AGENT_WORKLOAD.plural),
    validations: [
      forbidden(
        `!${isOfSchedule("object")} || ${me} == '${OPERATOR_USER}' || ${isAdministrator} || (oldObject != null && ${isOfSchedule("oldObject")})`,
        `"metadata.ownerReferences must not have an ${AGENT_SCHEDULE.kind}: the operator makes the workloads of schedules"`,
      ),
      forbidden(
        `oldObject == null || ${annotationOf("object", ANNOTATIONS.scheduledAt)} == ${annotationOf("oldObject", ANNOTATIONS.scheduledAt)}`,
        `"${ANNOTATIONS.scheduledAt} never changes: make a new ${AGENT_WORKLOAD.kind} instead"`,
      ),
      forbidden(
        `${me} != '${OPERATOR_USER}' || oldObject != null || ${isOfSchedule("object")}`,
        `"the operator makes no workloads but those of schedules"`,
      ),
    ],
  });
}

/** All of them, in force before there is a schedule. */
export const schedulePolicies = () => [schedulePolicy(), scheduledWorkloadPolicy()];
