// Admission for namespaces: who may make a tenant's, and who may set the labels and the rules that the platform's guard rails hang on.
import { admissionPolicy, INCLUDE_LABEL, isAdministrator } from "./admission.ts";
import { ANNOTATIONS, API_GROUP, KUBERNETES_NAMESPACES, LABELS, tenantNamespace } from "./names.ts";

/** The RBAC resource and verb that let somebody make the tenant's namespace of that name; there are no such objects. */
const TENANTS = "tenants";
const MANAGE_VERB = "manage";

/** Labels of any namespace that are the platform's to set, by the beginnings of their keys. */
const GUARDED = [`${API_GROUP}/`, "policy.sigstore.dev/"];

const POD_SECURITY = "pod-security.kubernetes.io/";

export interface NamespaceRules {
  /** Whether tenants run only images that an ImagePolicy admits. */
  admittedImages: boolean;
  /** By namespace that a team makes for its own tenant: the rules for its gates, as `gateRulesText` writes them. */
  gateRules?: Readonly<Record<string, string>>;
}

/**
 * The ValidatingAdmissionPolicy. Whoever may change a namespace could else take its Pod Security or its image policy off, or give
 * one of their own a tenant's name, and with it what the engine and the network grant tenants. The platform's deployer is
 * known by a right that only a cluster's administrators have; a team
 * that makes the namespace of its own tenant gets the verb `manage` on `tenants.agentic.io` of that name, and has no choice of
 * the labels, nor of the rules for its gates.
 */
export function namespaceAdmissionPolicy({ admittedImages, gateRules = {} }: NamespaceRules) {
  const prefix = tenantNamespace("");
  const tenants = `authorizer.group('${API_GROUP}').resource('${TENANTS}')`;
  const starts = (key: string, beginnings: string[]) => beginnings.map((b) => `${key}.startsWith('${b}')`).join(" || ");
  const has = (key: string, value: string) => `variables.labels[?'${key}'].orValue('') == ${value}`;
  const requiredLabels = [
    has(LABELS.tenant, `object.metadata.name.substring(${prefix.length})`),
    has(`${POD_SECURITY}enforce`, "'restricted'"),
    ...(admittedImages ? [has(INCLUDE_LABEL, "'true'")] : []),
  ];
  const rule = (expression: string, messageExpression: string) => ({
    expression,
    messageExpression,
    reason: "Forbidden",
  });
  return admissionPolicy({
    name: `namespaces.${API_GROUP}`,
    resources: {
      apiGroups: [""],
      apiVersions: ["v1"],
      // Labels change by the subresources too.
      resources: ["namespaces", "namespaces/status", "namespaces/finalize"],
    },
    variables: [
      { name: "labels", expression: "object.metadata.?labels.orValue({})" },
      { name: "before", expression: "oldObject == null ? {} : oldObject.metadata.?labels.orValue({})" },
      { name: "isTenant", expression: `object.metadata.name.startsWith('${prefix}')` },
      {
        name: "isOurs",
        expression: `variables.isTenant || object.metadata.name in ${JSON.stringify(KUBERNETES_NAMESPACES)} || variables.before.exists(key, key.startsWith('${API_GROUP}/'))`,
      },
      {
        name: "changed",
        expression: `(variables.labels.map(key, key) + variables.before.filter(key, !(key in variables.labels))).filter(key, variables.labels[?key] != variables.before[?key] && (${starts("key", GUARDED)} || (variables.isOurs && key.startsWith('${POD_SECURITY}'))))`,
      },
      {
        name: "rules",
        expression: `object.metadata.?annotations[?'${ANNOTATIONS.gateRules}'].orValue('')`,
      },
      {
        name: "rulesBefore",
        expression: `oldObject == null ? '' : oldObject.metadata.?annotations[?'${ANNOTATIONS.gateRules}'].orValue('')`,
      },
      {
        name: "rulesOfConfig",
        expression: `${JSON.stringify({ "": "", ...gateRules })}[?object.metadata.name].orValue('')`,
      },
      {
        name: "isPlatform",
        expression: `${tenants}.check('${MANAGE_VERB}').allowed() || ${isAdministrator}`,
      },
      {
        name: "isManager",
        expression: `variables.isTenant && ${tenants}.name(object.metadata.name).check('${MANAGE_VERB}').allowed()`,
      },
    ],
    validations: [
      rule(
        "variables.rules == variables.rulesBefore || variables.isPlatform || variables.isManager",
        `request.userInfo.username + " may not set annotation ${ANNOTATIONS.gateRules} of namespace " + object.metadata.name + ": only the platform sets the rules for gates"`,
      ),
      rule(
        "!variables.isTenant || oldObject != null || variables.isPlatform || variables.isManager",
        `request.userInfo.username + " may not create namespace " + object.metadata.name + ": only the platform makes tenants' namespaces, and who may ${MANAGE_VERB} ${TENANTS}.${API_GROUP} of that name"`,
      ),
      rule(
        "variables.changed.size() == 0 || variables.isPlatform || variables.isManager",
        `request.userInfo.username + " may not set " + variables.changed.join(", ") + " of namespace " + object.metadata.name + ": only the platform sets its guard rails' labels"`,
      ),
      rule(
        `variables.changed.size() == 0 || variables.isPlatform || (${requiredLabels.join(" && ")})`,
        `"namespace " + object.metadata.name + " must have the labels ${LABELS.tenant}: " + object.metadata.name.replace('${prefix}', '', 1) + ", ${POD_SECURITY}enforce: restricted${admittedImages ? `, ${INCLUDE_LABEL}: true` : ""}"`,
      ),
      rule(
        "(oldObject == null ? !variables.isTenant : variables.rules == variables.rulesBefore) || variables.isPlatform || variables.rules == variables.rulesOfConfig",
        `"annotation ${ANNOTATIONS.gateRules} of namespace " + object.metadata.name + (variables.rulesOfConfig == '' ? ": the platform's config has no such tenant with external: true" : " must be what the platform's config says, " + variables.rulesOfConfig.split('\\n').join(', '))`,
      ),
    ],
  });
}
