// Argo's CronWorkflow, as far as the engine reads and writes it.
import type { Condition, ObjectMeta, WorkflowSpec } from "../types.ts";

export interface CronWorkflowSpec {
  schedules?: string[];
  timezone?: string;
  concurrencyPolicy?: string;
  startingDeadlineSeconds?: number;
  suspend?: boolean;
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
  when?: string;
  stopStrategy?: { expression?: string };
  workflowSpec?: WorkflowSpec;
  workflowMetadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
}

/** A reference to a Workflow, as Argo writes it. */
export interface ActiveWorkflow {
  apiVersion: string;
  kind: string;
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
}

export interface CronWorkflowStatus {
  active?: ActiveWorkflow[];
  /** RFC 3339. */
  lastScheduledTime?: string;
  conditions?: Condition[];
  succeeded?: number;
  failed?: number;
  /** `Active`, or `Stopped` for good. */
  phase?: string;
}

export interface CronWorkflow {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: CronWorkflowSpec;
  status?: CronWorkflowStatus;
}

/** The labels and annotations of Argo's that are about schedules. */
export const CRON_KEYS = {
  /** Label of a Workflow: the name of its CronWorkflow. */
  cronWorkflow: "workflows.argoproj.io/cron-workflow",
  /** Annotation of a Workflow: the time that it was made for. */
  scheduledTime: "workflows.argoproj.io/scheduled-time",
  /** Label of a CronWorkflow that its stopStrategy has stopped. */
  completed: "cronworkflows.argoproj.io/completed",
  /** Annotation of a CronWorkflow: the schedules by which it last ran. */
  lastUsedSchedule: "cronworkflows.argoproj.io/last-used-schedule",
} as const;
