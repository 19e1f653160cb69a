// The parts of Argo's objects that the operator reads and writes.
import type { ObjectMeta } from "@agentic/api/agentworkload.ts";
import { ARGO } from "@agentic/api/names.ts";
import type { RequestsByTemplate, RetryLimits } from "./decide/requests.ts";

export interface Parameter {
  name: string;
  value?: string;
  default?: string;
  enum?: string[];
  valueFrom?: { default?: string; supplied?: Record<string, never> };
}

export interface WorkflowNode {
  id: string;
  name: string;
  displayName: string;
  type: string;
  templateName?: string;
  phase?: string;
  message?: string;
  startedAt?: string;
  finishedAt?: string;
  nodeFlag?: { retried?: boolean; hooked?: boolean };
  inputs?: { parameters?: Parameter[] };
  outputs?: { parameters?: Parameter[]; exitCode?: string };
}

export interface WorkflowStatus {
  phase?: string;
  message?: string;
  startedAt?: string;
  finishedAt?: string;
  nodes?: Record<string, WorkflowNode>;
  /** gzip and base64 of `nodes`, where Argo found them too large. */
  compressedNodes?: string;
}

export interface Workflow {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: {
    workflowTemplateRef?: { name: string; clusterScope?: boolean };
    arguments?: { parameters?: Parameter[] };
    serviceAccountName?: string;
    podMetadata?: { labels: Record<string, string> };
    activeDeadlineSeconds?: number;
    suspend?: boolean;
    shutdown?: string;
  };
  status?: WorkflowStatus;
  /** What its pods request; the cache takes it from the specification that it doesn't keep. */
  requests?: RequestsByTemplate;
  /** How often its steps may be tried again; from there, too. */
  retryLimits?: RetryLimits;
}

/** A WorkflowTemplate or ClusterWorkflowTemplate. */
export interface WorkflowTemplate {
  metadata: ObjectMeta;
  spec: {
    arguments?: { parameters?: Parameter[] };
    templates?: { name?: string; steps?: unknown; dag?: unknown; suspend?: unknown }[];
  };
}

const BASE = `/apis/${ARGO.groupVersion}`;

export const PATHS = {
  workflows: `${BASE}/workflows`,
  workflowTemplates: `${BASE}/workflowtemplates`,
  clusterWorkflowTemplates: `${BASE}/clusterworkflowtemplates`,
  workflowsIn: (namespace: string) => `${BASE}/namespaces/${namespace}/workflows`,
};
