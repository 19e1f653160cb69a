// Names that several parts of the platform must agree on: API group, labels, annotations, namespaces, accounts.

/** API group of the platform's own resources. */
export const API_GROUP = "agentic.io";
/** The one served version of the group. */
export const API_VERSION = "v1alpha1";
/** `apiVersion` as objects carry it. */
export const API_GROUP_VERSION = `${API_GROUP}/${API_VERSION}`;

/** Names of the AgentWorkload resource. */
export const AGENT_WORKLOAD = {
  kind: "AgentWorkload",
  listKind: "AgentWorkloadList",
  plural: "agentworkloads",
  singular: "agentworkload",
  shortName: "aw",
  crd: `agentworkloads.${API_GROUP}`,
} as const;

/** Names of the AgentSchedule resource. */
export const AGENT_SCHEDULE = {
  kind: "AgentSchedule",
  listKind: "AgentScheduleList",
  plural: "agentschedules",
  singular: "agentschedule",
  shortName: "as",
  crd: `agentschedules.${API_GROUP}`,
} as const;

/** Kubernetes' own namespaces. */
export const KUBERNETES_NAMESPACES = ["kube-system", "kube-public", "kube-node-lease"] as const;

/** Names of the AccessRequest resource, which is cluster-scoped: nobody has rights to it by a tenant's Role. */
export const ACCESS_REQUEST = {
  kind: "AccessRequest",
  listKind: "AccessRequestList",
  plural: "accessrequests",
  singular: "accessrequest",
  shortName: "ar",
  crd: `accessrequests.${API_GROUP}`,
} as const;

/** The Role in each tenant's namespace that a RoleBinding of the operator gives for a time. */
export const BREAK_GLASS_ROLE = "agentic-break-glass";

/** Argo's API, which the operator writes and the engine serves. */
export const ARGO = { group: "argoproj.io", version: "v1alpha1", groupVersion: "argoproj.io/v1alpha1" } as const;

/** Label keys. Values are at most 63 characters, so names that become values are too. */
export const LABELS = {
  jobId: `${API_GROUP}/job-id`,
  workload: `${API_GROUP}/workload`,
  tenant: `${API_GROUP}/tenant`,
  component: `${API_GROUP}/component`,
  owner: `${API_GROUP}/owner`,
  costCenter: `${API_GROUP}/cost-center`,
  /** On the platform's own namespaces: the project and stack whose platform it is. */
  stack: `${API_GROUP}/stack`,
  /** Which run of a workload a Workflow is: "0" the first, "1" the first retry. */
  attempt: `${API_GROUP}/attempt`,
  /** On a workload: the AgentSchedule that it is of. */
  schedule: `${API_GROUP}/schedule`,
  /** On a WorkflowTemplate: `stable` or `canary`. */
  channel: `${API_GROUP}/channel`,
} as const;

/** Label of a WorkflowTemplate with its semantic version, under the name that Kubernetes recommends. */
export const VERSION_LABEL = "app.kubernetes.io/version";

/** Annotation keys. */
export const ANNOTATIONS = {
  /** A person's answer at the gate of a workload in approval mode `manual`: `approve` or `deny`. */
  approval: `${API_GROUP}/approval`,
  /** Who answered: the user's name as the API server knows it (`kubectl auth whoami`); admission checks it. */
  approvedBy: `${API_GROUP}/approved-by`,
  /** The person's reason; optional. */
  approvalReason: `${API_GROUP}/approval-reason`,
  /** A reply to what was asked back at the gate. */
  reply: `${API_GROUP}/reply`,
  /** Who replies, under the same name; admission checks it. */
  repliedBy: `${API_GROUP}/replied-by`,
  /**
   * Who has submitted the workload, under the same name; admission checks it, and it never changes. On a schedule: who has said what it runs
   * and when, whom its workloads name in turn.
   */
  submittedBy: `${API_GROUP}/submitted-by`,
  /** On a workload: the time that it is for, in RFC 3339; a schedule's workloads have theirs. */
  scheduledAt: `${API_GROUP}/scheduled-at`,
  /** On a Workflow: why the operator ended it (a reason word, then the sentence for people, as `Reason: text`). */
  stopReason: `${API_GROUP}/stop-reason`,
  /** On a Workflow: hashes of the spec and of the tenant's approval settings that it was made from, as JSON by path. */
  startedWith: `${API_GROUP}/started-with`,
  /** On a workload: the span that it is a part of, as the header `traceparent` of W3C Trace Context has it. */
  traceparent: `${API_GROUP}/traceparent`,
  /** On a WorkflowTemplate: the page that says what to do when its runs fail. */
  runbook: `${API_GROUP}/runbook`,
  /** On a WorkflowTemplate: what the suite of evaluations says of it, as JSON. */
  evaluation: `${API_GROUP}/evaluation`,
  /** On a Workflow: the `spec.budget` that it was started with, as JSON. */
  budget: `${API_GROUP}/budget`,
  /** On a WorkflowTemplate: what a run is likely to cost. */
  costEstimate: `${API_GROUP}/cost-estimate`,
  /** On a NetworkPolicy: why it may allow the whole internet, or select no pod. */
  internet: `${API_GROUP}/internet`,
  /** On a NetworkPolicy: why pods of every namespace may take part. */
  allNamespaces: `${API_GROUP}/all-namespaces`,
  /** On a ServiceAccount: why each of its pods gets its token, if the pods can't say so themselves. */
  token: `${API_GROUP}/api-token`,
  /** On an object that keeps data: how the data are restored after a loss, or why they needn't be. */
  backup: `${API_GROUP}/backup`,
  /** On a tenant's namespace: its rules for people's answers at gates, as `gateRulesText` writes them; admission reads them there. */
  gateRules: `${API_GROUP}/gate-rules`,
  /** On a tenant's Secret: which generation its credential is of; absent: the first. */
  generation: `${API_GROUP}/generation`,
} as const;

/** A DNS label (RFC 1123), as names of namespaces are; as a regular expression. */
export const DNS_LABEL = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

/** Whether a text is a DNS label: 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends. */
export const isDnsLabel = (text: string): boolean => new RegExp(DNS_LABEL).test(text);

/** What is wrong with a name in this field that must be a DNS label; empty where it is one. */
export const dnsLabelErrors = (field: string, name: string): string[] =>
  isDnsLabel(name)
    ? []
    : [`${field}: '${name}' must be 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends`];

/** The namespaces that the platform makes for itself. */
export const NAMESPACES = {
  system: "agentic-system",
  argoWorkflows: "argo-workflows",
  argoEvents: "argo-events",
  sharedServices: "shared-services",
  cosign: "cosign-system",
  certManager: "cert-manager",
  observability: "observability",
} as const;

/** Name of the ResourceQuota of each namespace of the platform and of tenants. */
export const PLATFORM_QUOTA = "quota";

/** The namespace of a tenant. */
export function tenantNamespace(name: string): string {
  return `tenant-${name}`;
}

/** The tenant of a platform whose config names none. */
export const DEFAULT_TENANT = "demo";

/** The service account in each tenant's namespace that workflow pods run as. */
export const AGENT_SERVICE_ACCOUNT = "agent";

/** Value of the component label on agents' pods. */
export const AGENT_COMPONENT = "agent";

/** The service account in each tenant's namespace that its kubeconfig speaks for. */
export const TENANT_USER_ACCOUNT = "tenant-user";

/**
 * The account whose token Argo's own containers (`init`, `wait`) get, since they write task results; the agents' container
 * in the same pod has no token. Argo looks for it in the Secret `<account>.service-account-token` of the same namespace. An
 * engine without an executor in the pod uses neither.
 */
export const EXECUTOR_SERVICE_ACCOUNT = `${AGENT_SERVICE_ACCOUNT}-executor`;

/** The PriorityClass of workflow pods: the platform's pods may preempt them, and they preempt none. */
export const AGENT_PRIORITY_CLASS = "agentic-agents";

/** ConfigMap in each tenant's namespace with the tenant's template parameters; read by the operator. */
export const TENANT_CONFIG_MAP = "agentic-tenant";

/** The WorkflowTemplate of a workload that names none. */
export const DEFAULT_WORKFLOW_TEMPLATE = "visual-analysis-template";

/** The bucket for artifacts if neither the workload nor its tenant names one. */
export const DEFAULT_BUCKET = "artifacts";

/** The operator's name as field manager and as source of Events. */
export const OPERATOR_NAME = "agentic-operator";

/** The operator, as the API server knows it. */
export const OPERATOR_USER = `system:serviceaccount:${NAMESPACES.system}:${OPERATOR_NAME}`;
