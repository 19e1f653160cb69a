// The Workflow of a run: a reference to the template and its parameters, and nothing else that a workload controls.

import { hash } from "node:crypto";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { durationMs } from "@agentic/api/duration.ts";
import { defaultExecutionSeconds } from "@agentic/api/execution.ts";
import {
  AGENT_SERVICE_ACCOUNT,
  AGENT_WORKLOAD,
  ANNOTATIONS,
  API_GROUP_VERSION,
  ARGO,
  LABELS,
} from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import type { Parameter, Workflow } from "../argo.ts";
import { jobIdOf } from "./parameters.ts";
import { startedWith } from "./started-with.ts";

/**
 * The name of a run's Workflow. It is deterministic, so that the API server refuses a second creation of the same run even
 * after a restart, and it contains a hash of the uid, so that a later workload of the same name gets another name.
 */
export function workflowName(workload: AgentWorkload, attempt: number): string {
  const suffix = hash("sha256", workload.metadata.uid ?? "").slice(0, 8);
  // Pod names consist of the Workflow's and the template's name, so this one stays short.
  const stem = workload.metadata.name.slice(0, 48).replace(/[-.]+$/, "");
  return attempt === 0 ? `${stem}-${suffix}` : `${stem}-${suffix}-r${attempt}`;
}

/** The number of the run, from the Workflow's label. */
export function attemptOf(workflow: Workflow): number {
  const attempt = Number(workflow.metadata.labels?.[LABELS.attempt] ?? "0");
  return Number.isSafeInteger(attempt) && attempt >= 0 ? attempt : 0;
}

/** Whether the workload owns the Workflow. */
export function owns(workload: AgentWorkload, workflow: Workflow): boolean {
  return (
    workflow.metadata.ownerReferences?.some(
      ({ kind, uid }) => kind === AGENT_WORKLOAD.kind && uid === workload.metadata.uid,
    ) ?? false
  );
}

/** How long the steps of one run may take, without the gate and without suspension: as written, and in milliseconds. */
export function executionLimit({ spec }: AgentWorkload): { text: string; ms: number } {
  const text = spec.timeouts?.execution ?? `${defaultExecutionSeconds(spec.targetUrls.length)}s`;
  return { text, ms: durationMs(text) };
}

/**
 * The engine's own deadline, which holds even while no operator runs. The engine can't stop its clock at the gate, so the
 * deadline includes the gate's longest wait; the operator ends a run earlier, once its steps alone have taken too long.
 */
export function engineDeadlineSeconds(workload: AgentWorkload): number {
  const gate = durationMs(workload.spec.approval?.timeout ?? DEFAULTS.approvalTimeout);
  return Math.ceil((executionLimit(workload).ms + gate) / 1000);
}

export interface RunOptions {
  attempt: number;
  parameters: Parameter[];
  /** Data of the tenant's ConfigMap, if the namespace has one. */
  tenant?: Record<string, string> | undefined;
}

/** The Workflow object of a run. */
export function buildWorkflow(workload: AgentWorkload, { attempt, parameters, tenant }: RunOptions): Workflow {
  const { name, namespace, uid = "" } = workload.metadata;
  const { name: template, clusterScope } = templateRefOf(workload);
  const labels = {
    [LABELS.workload]: name,
    [LABELS.jobId]: labelValue(jobIdOf(workload)),
    [LABELS.attempt]: String(attempt),
  };
  return {
    apiVersion: ARGO.groupVersion,
    kind: "Workflow",
    metadata: {
      name: workflowName(workload, attempt),
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: {
        ...startedWith(workload, tenant),
        ...(workload.spec.budget ? { [ANNOTATIONS.budget]: JSON.stringify(workload.spec.budget) } : {}),
      },
      ownerReferences: [{ apiVersion: API_GROUP_VERSION, kind: AGENT_WORKLOAD.kind, name, uid, controller: true }],
    },
    spec: {
      workflowTemplateRef: clusterScope ? { name: template, clusterScope } : { name: template },
      // Set here, because otherwise a template could choose another service account.
      serviceAccountName: AGENT_SERVICE_ACCOUNT,
      activeDeadlineSeconds: engineDeadlineSeconds(workload),
      // So that `kubectl logs -l` finds the pods of a workload.
      podMetadata: { labels },
      arguments: { parameters },
    },
  };
}

/** A job id may begin or end with characters that a label's value may not. */
function labelValue(jobId: string): string {
  return jobId.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "") || "x";
}
