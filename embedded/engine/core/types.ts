// The part of Argo's API that the engine supports: workflows, templates, node statuses, and their pods.

/** A JSON value; a whole number that a double can't hold is a bigint (core/json.ts). */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface ObjectMeta {
  name: string;
  namespace: string;
  uid?: string;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: JsonObject[];
}

/** Argo's AnyString: numbers and booleans in a manifest stand for their text. */
export type AnyString = string | number | bigint | boolean;

export interface ValueFrom {
  path?: string;
  parameter?: string;
  supplied?: JsonObject;
  default?: AnyString;
}

export interface Parameter {
  name: string;
  value?: AnyString;
  default?: AnyString;
  valueFrom?: ValueFrom;
  enum?: AnyString[];
  description?: AnyString;
}

export interface Parameters {
  parameters?: Parameter[];
}

export interface TemplateRef {
  name: string;
  template: string;
  clusterScope?: boolean;
}

export interface Sequence {
  count?: AnyString;
  start?: AnyString;
  end?: AnyString;
  format?: string;
}

/** The failures of a step or a task that what follows it ignores. */
export interface ContinueOn {
  error?: boolean;
  failed?: boolean;
}

/** The common fields of steps and DAG tasks: a call of a template, which may be repeated or conditional. */
export interface Call {
  name: string;
  template?: string;
  templateRef?: TemplateRef;
  /** A template without a name, in place of one that is referred to. */
  inline?: Template;
  arguments?: Parameters;
  continueOn?: ContinueOn;
  when?: string;
  withItems?: Json[];
  withParam?: string;
  withSequence?: Sequence;
}

export interface DagTask extends Call {
  depends?: string;
  dependencies?: string[];
}

export interface Dag {
  tasks: DagTask[];
  target?: string;
  failFast?: boolean;
}

export interface Backoff {
  duration?: string;
  factor?: AnyString;
  cap?: string;
  maxDuration?: string;
}

export interface RetryStrategy {
  limit?: AnyString;
  retryPolicy?: string;
  backoff?: Backoff;
  expression?: string;
}

export type Container = JsonObject & { name?: string; image?: string; command?: string[]; args?: string[] };

export interface Template {
  name: string;
  inputs?: Parameters;
  outputs?: Parameters;
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  steps?: Call[][];
  dag?: Dag;
  container?: Container;
  script?: Container & { source: string };
  suspend?: { duration?: AnyString };
  initContainers?: Container[];
  volumes?: JsonObject[];
  activeDeadlineSeconds?: AnyString;
  timeout?: string;
  pendingTimeout?: string;
  annotations?: Record<string, string>;
  podResources?: JsonObject;
  resourceClaims?: JsonObject[];
  retryStrategy?: RetryStrategy;
  parallelism?: number;
  failFast?: boolean;
  nodeSelector?: Record<string, string>;
  affinity?: JsonObject;
  tolerations?: JsonObject[];
  schedulerName?: string;
  priorityClassName?: string;
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  hostAliases?: JsonObject[];
  securityContext?: JsonObject;
}

export interface WorkflowSpec {
  templates?: Template[];
  entrypoint?: string;
  arguments?: Parameters;
  onExit?: string;
  suspend?: boolean;
  shutdown?: string;
  parallelism?: number;
  activeDeadlineSeconds?: number;
  retryStrategy?: RetryStrategy;
  workflowTemplateRef?: { name: string; clusterScope?: boolean };
  templateDefaults?: Partial<Template>;
  workflowMetadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  podMetadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  podGC?: { strategy?: string; deleteDelayDuration?: string; labelSelector?: LabelSelector };
  podResources?: JsonObject;
  resourceClaims?: JsonObject[];
  ttlStrategy?: {
    secondsAfterCompletion?: number;
    secondsAfterSuccess?: number;
    secondsAfterFailure?: number;
  };
  archiveLogs?: boolean;
  volumes?: JsonObject[];
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: JsonObject[];
  nodeSelector?: Record<string, string>;
  affinity?: JsonObject;
  tolerations?: JsonObject[];
  hostNetwork?: boolean;
  dnsPolicy?: string;
  dnsConfig?: JsonObject;
  hostAliases?: JsonObject[];
  schedulerName?: string;
  podPriorityClassName?: string;
  securityContext?: JsonObject;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export type Phase = "Pending" | "Running" | "Succeeded" | "Skipped" | "Failed" | "Error" | "Omitted";
export type NodeType = "Pod" | "Steps" | "StepGroup" | "DAG" | "TaskGroup" | "Retry" | "Skipped" | "Suspend";

export interface Outputs {
  parameters?: Parameter[];
  result?: string;
  exitCode?: string;
}

export interface NodeStatus {
  id: string;
  name: string;
  displayName: string;
  type: NodeType;
  phase: Phase;
  templateName?: string;
  templateRef?: TemplateRef;
  templateScope?: string;
  boundaryID?: string;
  message?: string;
  startedAt?: string;
  finishedAt?: string;
  inputs?: Parameters;
  outputs?: Outputs;
  children?: string[];
  outboundNodes?: string[];
  nodeFlag?: { retried?: boolean; hooked?: boolean };
  hostNodeName?: string;
  progress?: string;
}

export interface Condition {
  type: string;
  status: string;
  message?: string;
}

export interface WorkflowStatus {
  phase?: string;
  message?: string;
  startedAt?: string;
  finishedAt?: string;
  progress?: string;
  conditions?: Condition[];
  nodes?: Record<string, NodeStatus>;
  storedTemplates?: Record<string, Template>;
  storedWorkflowTemplateSpec?: WorkflowSpec;
}

export interface Workflow {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: WorkflowSpec;
  status?: WorkflowStatus;
}

/** A WorkflowTemplate or a ClusterWorkflowTemplate. */
export interface WorkflowTemplate {
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  spec: WorkflowSpec;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { exitCode: number; signal?: number; reason?: string; message?: string; finishedAt?: string };
}

export interface ContainerStatus {
  name: string;
  state?: ContainerState;
}

export interface Pod {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: JsonObject & { nodeName?: string };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
  /** The main container's log, which the controller reads when `advance` returns the pod in `logsNeeded`. */
  logs?: string;
  /** Why the log can't be read. */
  logProblem?: string;
}

/** The WorkflowTemplates and ClusterWorkflowTemplates to which a workflow can refer. */
export interface Library {
  workflowTemplate(name: string): WorkflowTemplate | undefined;
  clusterWorkflowTemplate(name: string): WorkflowTemplate | undefined;
}

export const emptyLibrary: Library = { workflowTemplate: () => undefined, clusterWorkflowTemplate: () => undefined };

/** An error in the workflow; its message becomes the message of a node or of the workflow. */
export class SpecError extends Error {
  /** Each thing that is wrong, beginning with its field; the message has the first ones. */
  readonly problems: readonly string[];

  constructor(message: string, problems: readonly string[] = [message]) {
    super(message);
    this.problems = problems;
  }
}
