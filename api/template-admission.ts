// Admission for WorkflowTemplates in tenants' namespaces: what a Workflow may not decide for itself is decided here, within limits.
import { admissionPolicy, tenantsByName } from "./admission.ts";
import {
  AGENT_COMPONENT,
  AGENT_PRIORITY_CLASS,
  AGENT_SERVICE_ACCOUNT,
  API_GROUP,
  ARGO,
  EXECUTOR_SERVICE_ACCOUNT,
  LABELS,
} from "./names.ts";
import { PARAMETERS } from "./template.ts";

/** Fields of a template's spec. Each of the others changes what its pods are, or has the engine act in the tenant's place. */
const SPEC_FIELDS = [
  "entrypoint",
  "onExit",
  "hooks",
  "arguments",
  "templates",
  "templateDefaults",
  "serviceAccountName",
  "automountServiceAccountToken",
  "executor",
  "securityContext",
  "podPriorityClassName",
  // A tenant without internet needs its own resolver's address; network policies keep its pods from any other.
  "dnsPolicy",
  "dnsConfig",
  "volumes",
  "parallelism",
  "synchronization",
  "activeDeadlineSeconds",
  "retryStrategy",
  "podGC",
  "ttlStrategy",
];

/** Fields of one of its templates. */
const TEMPLATE_FIELDS = [
  "name",
  "inputs",
  "outputs",
  "metadata",
  "activeDeadlineSeconds",
  "timeout",
  "retryStrategy",
  "parallelism",
  "failFast",
  "memoize",
  "synchronization",
  "securityContext",
  "volumes",
  "container",
  "script",
  "containerSet",
  "initContainers",
  "sidecars",
  "dag",
  "steps",
  "suspend",
];

/** What may stand in `templateDefaults`. */
const DEFAULTS = ["activeDeadlineSeconds", "retryStrategy"];

/** Volumes of the tenant's own. */
const VOLUMES = ["emptyDir", "secret", "configMap", "persistentVolumeClaim"];

/** The image that the platform sets. */
const AGENT_IMAGE = `{{workflow.parameters.${PARAMETERS.agentImage}}}`;

const list = (names: readonly string[]) => JSON.stringify(names);
/** CEL: all containers of template `t`. */
const containers = [
  "('container' in t ? [t.container] : [])",
  "('script' in t ? [t.script] : [])",
  "t.?containerSet.?containers.orValue([])",
  "t.?initContainers.orValue([])",
  "t.?sidecars.orValue([])",
].join(" + ");
/** CEL: whether one of the volumes in that list is of another kind. */
const hasOtherVolume = (volumes: string) =>
  `${volumes}.exists(volume, volume.exists(field, field != 'name' && !(field in ${list(VOLUMES)})))`;
const isStep = "['container', 'script', 'containerSet'].exists(kind, kind in t)";
/** CEL: whether a key of a label or annotation is the platform's, Argo's or Kubernetes'. */
const isReserved = "['agentic.io/', 'argoproj.io/', 'kubernetes.io/', 'k8s.io/'].exists(domain, key.contains(domain))";
const quantities = ["requests", "limits"].flatMap((kind) =>
  ["cpu", "memory"].map((resource) => `c.?resources.?${kind}.?${resource}.hasValue()`),
);

/** A rule for each of its templates: none may be as `fault` says of `t`; the message names those that are. */
const templateRule = (fault: string, field: string, fix: string) => ({
  expression: `!variables.templates.exists(t, ${fault})`,
  messageExpression: `"spec.templates (" + variables.templates.filter(t, ${fault}).map(t, string(t.?name.orValue("without a name"))).join(", ") + ")${field}: " + ${JSON.stringify(fix)}`,
});

/** A rule for the names of an object's fields; the message has those that may not be there. */
const fieldRule = (object: string, path: string, allowed: readonly string[], why: string) => ({
  expression: `${object}.all(field, field in ${list(allowed)})`,
  messageExpression: `"${path}." + ${object}.filter(field, !(field in ${list(allowed)})).join(", ${path}.") + " must not be set: ${why}; allowed are ${allowed.join(", ")}"`,
});

/**
 * The ValidatingAdmissionPolicy. A Workflow of a tenant's has to use a template and may override nothing of it, so that a template of
 * the tenant's own is where the accounts, the images and the limits of its pods are chosen. Pod Security and the policies about pods
 * and images judge the pods all the same; here a team hears of it as it applies the template, with the field and the fix.
 */
export function templateAdmissionPolicy() {
  return admissionPolicy({
    name: `workflowtemplates.${API_GROUP}`,
    resources: { apiGroups: [ARGO.group], apiVersions: [ARGO.version], resources: ["workflowtemplates"] },
    matchConditions: [
      ...tenantsByName,
      // Labels of one that is older than these rules can be changed all the same.
      { name: "another-spec", expression: "oldObject == null || object.spec != oldObject.spec" },
    ],
    variables: [
      { name: "templates", expression: "object.spec.?templates.orValue([])" },
      { name: "defaults", expression: "object.spec.?templateDefaults.orValue({})" },
      { name: "retry", expression: "variables.defaults.?retryStrategy.or(object.spec.?retryStrategy).orValue({})" },
    ],
    validations: [
      fieldRule("object.spec", "spec", SPEC_FIELDS, "it would change the pods behind the platform's rules"),
      fieldRule("variables.defaults", "spec.templateDefaults", DEFAULTS, "each template says the rest itself"),
      {
        expression: `object.spec.?serviceAccountName.orValue('') == '${AGENT_SERVICE_ACCOUNT}'`,
        message: `spec.serviceAccountName must be ${AGENT_SERVICE_ACCOUNT}: set it, as no other account is meant for the steps`,
      },
      {
        expression: `object.spec.?automountServiceAccountToken.orValue(true) == false && object.spec.?executor.orValue({}) == {'serviceAccountName': '${EXECUTOR_SERVICE_ACCOUNT}'}`,
        message: `spec.automountServiceAccountToken must be false, and spec.executor.serviceAccountName ${EXECUTOR_SERVICE_ACCOUNT}: steps get no token of the API`,
      },
      {
        expression: `object.spec.?podPriorityClassName.orValue('${AGENT_PRIORITY_CLASS}') == '${AGENT_PRIORITY_CLASS}'`,
        message: `spec.podPriorityClassName must be ${AGENT_PRIORITY_CLASS}: leave it out, or set that`,
      },
      {
        expression: `!${hasOtherVolume("object.spec.?volumes.orValue([])")}`,
        message: `spec.volumes: each must be one of ${VOLUMES.join(", ")}`,
      },
      templateRule(
        `t.exists(field, !(field in ${list(TEMPLATE_FIELDS)}))`,
        "",
        `only ${TEMPLATE_FIELDS.join(", ")} may be set`,
      ),
      templateRule(
        "t.?dag.?tasks.orValue([]).exists(task, 'inline' in task) || t.?steps.orValue([]).exists(group, group.exists(step, 'inline' in step))",
        " inline",
        "a task must name a template: move the inline one to spec.templates",
      ),
      templateRule(hasOtherVolume("t.?volumes.orValue([])"), ".volumes", `each must be one of ${VOLUMES.join(", ")}`),
      templateRule(
        `t.?metadata.orValue({}).exists(field, !(field in ['labels', 'annotations'])) || t.?metadata.?annotations.orValue({}).exists(key, ${isReserved}) || t.?metadata.?labels.orValue({}).exists(key, ${isReserved} && !(key == '${LABELS.component}' && t.metadata.labels[key] == '${AGENT_COMPONENT}'))`,
        ".metadata",
        `the platform's, Argo's and Kubernetes' own labels and annotations must not be set, but ${LABELS.component}: ${AGENT_COMPONENT}`,
      ),
      templateRule(
        `(${containers}).exists(c, !(c.?image.orValue('') == '${AGENT_IMAGE}' || c.?image.orValue('').contains('@sha256:')))`,
        ".image",
        `it must be ${AGENT_IMAGE}, or name a digest: append @sha256:<digest>`,
      ),
      templateRule(
        `(${containers}).exists(c, !(${quantities.join(" && ")}))`,
        ".resources",
        "requests and limits of cpu and memory must be set",
      ),
      templateRule(
        `${isStep} && !('activeDeadlineSeconds' in t || 'activeDeadlineSeconds' in variables.defaults)`,
        ".activeDeadlineSeconds",
        "it must be set, so that nothing runs without end: the seconds that one try may take",
      ),
      templateRule(
        "'suspend' in t && t.suspend.?duration.orValue('') == ''",
        ".suspend.duration",
        "it must be set, so that nothing waits without end",
      ),
      templateRule(
        `${isStep} && !(t.?retryStrategy.orValue(variables.retry).?limit.hasValue() && t.?retryStrategy.orValue(variables.retry).?backoff.?duration.hasValue())`,
        ".retryStrategy",
        "limit and backoff.duration must be set, so that a short outage fails nothing and a long one costs little",
      ),
    ],
  });
}
