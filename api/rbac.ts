// The rights that the operator needs: its component makes roles of them, and its tests run with them.
import { MONTH_BUDGET_CONFIG_MAP } from "./month-budget.ts";
import {
  ACCESS_REQUEST,
  AGENT_SCHEDULE,
  AGENT_WORKLOAD,
  API_GROUP,
  ARGO,
  BREAK_GLASS_ROLE,
  PLATFORM_QUOTA,
  TENANT_CONFIG_MAP,
} from "./names.ts";

/** A rule of a Role or ClusterRole. */
export interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

/** The one Secret of a tenant's namespace that the operator may read, to sign notifications. */
export const NOTIFY_SECRET = "notify";

/** In every namespace (ClusterRoleBinding): the rights to watch, and to say of a request what became of it. */
export const OPERATOR_CLUSTER_RULES: PolicyRule[] = [
  { apiGroups: [API_GROUP], resources: [ACCESS_REQUEST.plural], verbs: ["list", "watch"] },
  { apiGroups: [API_GROUP], resources: [`${ACCESS_REQUEST.plural}/status`], verbs: ["patch"] },
  { apiGroups: [API_GROUP], resources: [AGENT_WORKLOAD.plural, AGENT_SCHEDULE.plural], verbs: ["list", "watch"] },
  {
    apiGroups: [ARGO.group],
    resources: ["workflows", "workflowtemplates", "clusterworkflowtemplates"],
    verbs: ["list", "watch"],
  },
  // A name allows list and watch where the request selects that name, as the operator's does.
  { apiGroups: [""], resources: ["configmaps"], resourceNames: [TENANT_CONFIG_MAP], verbs: ["list", "watch"] },
  { apiGroups: [""], resources: ["resourcequotas"], resourceNames: [PLATFORM_QUOTA], verbs: ["list"] },
];

/** In each tenant's namespace (RoleBinding): the rights to write. */
export const OPERATOR_TENANT_RULES: PolicyRule[] = [
  // patch takes an answered approval off; get and delete are for ttlSecondsAfterFinished and for schedules, whose workloads it creates:
  // admission lets it create no others.
  { apiGroups: [API_GROUP], resources: [AGENT_WORKLOAD.plural], verbs: ["get", "create", "patch", "delete"] },
  { apiGroups: [API_GROUP], resources: [AGENT_SCHEDULE.plural], verbs: ["get"] },
  {
    apiGroups: [API_GROUP],
    resources: [AGENT_WORKLOAD, AGENT_SCHEDULE].map(({ plural }) => `${plural}/status`),
    verbs: ["patch"],
  },
  { apiGroups: [ARGO.group], resources: ["workflows"], verbs: ["get", "create", "patch"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  { apiGroups: [""], resources: ["secrets"], resourceNames: [NOTIFY_SECRET], verbs: ["get"] },
  { apiGroups: [""], resources: ["configmaps"], resourceNames: [MONTH_BUDGET_CONFIG_MAP], verbs: ["patch"] },
  // Break-glass: admission lets it bind that one Role alone, and make Jobs without pods.
  { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "create"] },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["rolebindings"], verbs: ["create", "delete"] },
  {
    apiGroups: ["rbac.authorization.k8s.io"],
    resources: ["roles"],
    resourceNames: [BREAK_GLASS_ROLE],
    verbs: ["bind"],
  },
];

/** In the operator's own namespace (RoleBinding): leader election. */
export const OPERATOR_SYSTEM_RULES: PolicyRule[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
];
