// The roles of a tenant's people, by what each may do in the tenant's namespace: the components make Roles of them.
import { MONTH_BUDGET_CONFIG_MAP } from "./month-budget.ts";
import { AGENT_SCHEDULE, AGENT_WORKLOAD, API_GROUP, ARGO, TENANT_CONFIG_MAP } from "./names.ts";
import type { PolicyRule } from "./rbac.ts";

/** The RBAC verb, on `agentworkloads`, that lets somebody answer at gates. */
export const APPROVE_VERB = "approve";

/** From the fewest rights to the most. */
export const MEMBER_ROLES = ["viewer", "user", "approver", "tenant-admin"] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

/** Name of a role's Role in each tenant's namespace. */
export const memberRoleName = (role: MemberRole): string => `agentic-${role}`;

/** Somebody of a tenant: people by name or group, programs by account, and what they all may do. */
export interface Member {
  role: MemberRole;
  /** As the API server knows them: `kubectl auth whoami`. */
  users?: readonly string[];
  groups?: readonly string[];
  /** `<name>` in the tenant's namespace, or `<namespace>/<name>`. */
  serviceAccounts?: readonly string[];
}

const READ = ["get", "list", "watch"];

/** A rule about workloads with these verbs beside reading. */
const workloads = (...verbs: string[]): PolicyRule => ({
  apiGroups: [API_GROUP],
  resources: [AGENT_WORKLOAD.plural],
  verbs: [...READ, ...verbs],
});

/** A rule about schedules with these verbs beside reading. */
const schedules = (...verbs: string[]): PolicyRule => ({
  apiGroups: [API_GROUP],
  resources: [AGENT_SCHEDULE.plural],
  verbs: [...READ, ...verbs],
});

/** What runs for a workload is the operator's and the engine's: people only read it. */
const RUNS: PolicyRule[] = [
  {
    apiGroups: [API_GROUP],
    resources: [AGENT_WORKLOAD, AGENT_SCHEDULE].map(({ plural }) => `${plural}/status`),
    verbs: ["get"],
  },
  { apiGroups: [ARGO.group], resources: ["workflows", "workflowtemplates"], verbs: READ },
  { apiGroups: [""], resources: ["pods", "pods/log", "events"], verbs: READ },
  // What each workload costs they read already.
  { apiGroups: [""], resources: ["configmaps"], resourceNames: [MONTH_BUDGET_CONFIG_MAP], verbs: ["get"] },
];

const WRITE = ["create", "update", "patch", "delete"];

/**
 * What each role may do. An answer at a gate is a change of the workload's annotations, for which RBAC knows `patch` alone:
 * admission lets whoever may neither create nor update workloads change nothing but the answer. No role gives rights, reads a
 * Secret or changes a setting: who is a member, and of what, is the stack's.
 */
export const MEMBER_RULES: Record<MemberRole, PolicyRule[]> = {
  viewer: [workloads(), schedules(), ...RUNS],
  user: [workloads(...WRITE), schedules(...WRITE), ...RUNS],
  approver: [workloads("patch", APPROVE_VERB), schedules(), ...RUNS],
  "tenant-admin": [
    workloads(...WRITE, APPROVE_VERB),
    schedules(...WRITE),
    ...RUNS,
    { apiGroups: [""], resources: ["configmaps"], resourceNames: [TENANT_CONFIG_MAP], verbs: ["get"] },
    { apiGroups: [""], resources: ["resourcequotas", "limitranges"], verbs: READ },
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: READ },
  ],
};
