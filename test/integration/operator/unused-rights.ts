// The operator's rights, and those among them that the life of a workload doesn't use, each with what it is for.
import { OPERATOR_CLUSTER_RULES, OPERATOR_SYSTEM_RULES, OPERATOR_TENANT_RULES } from "@agentic/api/rbac.ts";

export const operatorRules = [...OPERATOR_CLUSTER_RULES, ...OPERATOR_TENANT_RULES, ...OPERATOR_SYSTEM_RULES];

const breakGlass = "break-glass, by test/attack/records.test.ts";

export const unusedRights: Readonly<Record<string, string>> = {
  "bind roles.rbac.authorization.k8s.io": breakGlass,
  "create rolebindings.rbac.authorization.k8s.io": breakGlass,
  "delete rolebindings.rbac.authorization.k8s.io": breakGlass,
  "create jobs.batch": breakGlass,
  "get jobs.batch": "the timer is there already, of an operator that crashed",
  "list accessrequests.agentic.io": breakGlass,
  "watch accessrequests.agentic.io": breakGlass,
  "patch accessrequests/status.agentic.io": breakGlass,
  "patch configmaps": "a tenant's budget of the month, which takes a ledger",
  "patch events": "an event that is repeated",
};
