// Types of the part of Argo's WorkflowTemplate that the platform's templates use.
import type { Step } from "@agentic/api/template.ts";

export interface Parameter {
  name: string;
  value?: string;
  description?: string;
  enum?: string[];
  valueFrom?: { path?: string; supplied?: Record<string, never>; default?: string };
}

export interface DagTask {
  name: string;
  template: string;
  /** Argo's expression over task names; a bare name means that it succeeded. */
  depends?: string;
  when?: string;
  /** A JSON list: the task runs for each of its items. */
  withParam?: string;
  arguments?: { parameters: Parameter[] };
}

export interface SecurityContext {
  allowPrivilegeEscalation: boolean;
  capabilities: { drop: string[] };
  readOnlyRootFilesystem: boolean;
  runAsNonRoot: boolean;
}

export interface Container {
  image: string;
  imagePullPolicy: "IfNotPresent" | "Always" | "Never";
  command: string[];
  args: string[];
  env: { name: string; value: string }[];
  resources: Record<"requests" | "limits", { cpu: string; memory: string }>;
  securityContext: SecurityContext;
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

export interface RetryStrategy {
  limit: string;
  retryPolicy: "Always" | "OnFailure" | "OnError" | "OnTransientError";
  expression?: string;
  backoff?: { duration: string; factor: string; cap?: string };
}

export interface Volume {
  name: string;
  emptyDir?: { sizeLimit: string };
  secret?: {
    secretName: string;
    defaultMode: number;
    optional?: boolean;
    items?: { key: string; path: string }[];
  };
}

/** Exactly one of `dag`, `container` and `suspend` is set. */
export interface Template {
  name: string;
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  inputs?: { parameters: Parameter[] };
  outputs?: { parameters: Parameter[] };
  dag?: { tasks: DagTask[] };
  container?: Container;
  suspend?: { duration?: string };
  /** Seconds. */
  activeDeadlineSeconds?: number;
  retryStrategy?: RetryStrategy;
  volumes?: Volume[];
}

export interface WorkflowTemplate {
  apiVersion: "argoproj.io/v1alpha1";
  kind: "WorkflowTemplate";
  metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
  spec: {
    entrypoint: string;
    /** Pods of one run at once. */
    parallelism: number;
    arguments: { parameters: Parameter[] };
    serviceAccountName: string;
    automountServiceAccountToken: boolean;
    executor: { serviceAccountName: string };
    securityContext: {
      runAsNonRoot: true;
      runAsUser: number;
      runAsGroup: number;
      fsGroup: number;
      seccompProfile: { type: "RuntimeDefault" };
    };
    podPriorityClassName: string;
    podGC: { strategy: "OnPodCompletion" | "OnPodSuccess" | "OnWorkflowCompletion" | "OnWorkflowSuccess" };
    ttlStrategy: { secondsAfterCompletion: number; secondsAfterSuccess: number; secondsAfterFailure: number };
    templates: Template[];
  };
}

/** What a step's pod may use, and how long it may take. */
export interface StepShape {
  step: Step;
  /** Name of the WorkflowTemplate that it is in. */
  template: string;
  /** Seconds that one attempt may take. */
  deadline: number;
  resources: Container["resources"];
}
