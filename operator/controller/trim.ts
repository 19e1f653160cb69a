// What the caches keep of each object: the fields that decisions read, and almost nothing of workloads that have ended.
import type { AgentWorkload, ObjectMeta } from "@agentic/api/agentworkload.ts";
import { LABELS } from "@agentic/api/names.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import type { Workflow, WorkflowTemplate } from "../argo.ts";
import { isUnrecorded } from "../decide/cost-record.ts";
import { isOver } from "../decide/follow.ts";
import { requestsOf, retryLimitsOf, type Specified } from "../decide/requests.ts";
import { parseTime } from "../decide/time.ts";
import { intern, shareTexts } from "./shared-texts.ts";

/** A workload that has ended, with no notification to send: all that can still happen is its deletion. */
export interface Settled {
  metadata: Pick<ObjectMeta, "name" | "namespace" | "uid" | "resourceVersion">;
  settled: true;
  phase: string;
  /** Name of its template, for metrics. */
  template: string;
  /** When to delete it, milliseconds since the epoch; undefined without `ttlSecondsAfterFinished`. */
  deleteAt?: number;
}

/** A workload with a large spec: only what decides when to reconcile it, and which artifacts it writes. A reconciliation reads the rest. */
export interface Abridged extends AgentWorkload {
  abridged: true;
}

/** A workload as the cache keeps it. */
export type KnownWorkload = AgentWorkload | Settled | Abridged;

/** Characters of the JSON of a spec and metadata that the cache keeps whole; a usual workload has some hundred. */
export const MAX_CACHED_LENGTH = 4096;

export function isSettled(workload: KnownWorkload): workload is Settled {
  return "settled" in workload;
}

/** Whether the cache lacks most of the workload's spec. */
export function isAbridged(workload: KnownWorkload): workload is Abridged {
  return "abridged" in workload;
}

/**
 * A workload without the metadata that only tools read; of a large one little more than its state, of a settled one only the
 * fields of {@link Settled}.
 */
export function trimWorkload(workload: AgentWorkload): KnownWorkload {
  const settled = settledOf(workload);
  if (settled) return settled;
  const trimmed = { ...workload, metadata: trimMetadata(workload.metadata) };
  const isLarge = JSON.stringify([trimmed.spec, trimmed.metadata]).length > MAX_CACHED_LENGTH;
  return shareTexts(isLarge ? abridgedOf(trimmed) : trimmed);
}

/** A tenant may have thousands of workloads that wait, each as large as admission lets it be: they must not fill the memory. */
function abridgedOf({ apiVersion, kind, metadata, spec, status }: AgentWorkload): Abridged {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = metadata;
  const { jobId, artifacts, orchestration, suspend } = spec;
  return JSON.parse(
    JSON.stringify({
      apiVersion,
      kind,
      metadata: { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp },
      spec: { objective: "", targetUrls: [], jobId, artifacts, orchestration, suspend },
      status,
      abridged: true,
    }),
  ) as Abridged;
}

function settledOf(workload: AgentWorkload): Settled | undefined {
  const { metadata, spec, status } = workload;
  // A spec that has changed since may restart a refused workload.
  const ended = isFinal(status?.phase) && status?.observedGeneration === metadata.generation;
  const hasPendingNotifications = status?.notifications?.some(({ state }) => state === "Pending") ?? false;
  // Of a workload that isn't recorded yet, the record needs all of its Workflows.
  if (!ended || hasPendingNotifications || isUnrecorded(status ?? {})) return undefined;
  const completed = parseTime(status?.completedAt);
  const ttl = spec.ttlSecondsAfterFinished;
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace: intern(namespace) }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    settled: true,
    phase: intern(status?.phase ?? ""),
    template: intern(templateRefOf(workload).name),
    ...(ttl === undefined || completed === undefined ? {} : { deleteAt: completed + ttl * 1000 }),
  };
}

/** Metadata without the field managers' records and kubectl's copy of the object. */
export function trimMetadata(metadata: ObjectMeta): ObjectMeta {
  const { managedFields: _, ...trimmed } = metadata as ObjectMeta & { managedFields?: unknown };
  if (!trimmed.annotations) return trimmed;
  const { "kubectl.kubernetes.io/last-applied-configuration": __, ...annotations } = trimmed.annotations;
  return { ...trimmed, annotations };
}

/** A Workflow with its nodes, without the templates that the status stores beside them. */
export function trimWorkflow(workflow: Workflow): Workflow {
  const { spec, status, metadata } = workflow;
  const trimmed: Workflow = shareTexts({
    apiVersion: workflow.apiVersion,
    kind: workflow.kind,
    metadata: trimMetadata(metadata),
    spec: {
      ...(spec.suspend === undefined ? {} : { suspend: spec.suspend }),
      ...(spec.shutdown === undefined ? {} : { shutdown: spec.shutdown }),
    },
    ...(status
      ? {
          status: {
            phase: status.phase,
            message: status.message,
            startedAt: status.startedAt,
            finishedAt: status.finishedAt,
            nodes: status.nodes,
            compressedNodes: status.compressedNodes,
          },
        }
      : {}),
  });
  // Shared by all of a template, so it isn't walked through again.
  if (!status) return trimmed;
  trimmed.requests = workflow.requests ?? requestsOf(workflow as Specified);
  trimmed.retryLimits = workflow.retryLimits ?? retryLimitsOf(workflow as Specified);
  return trimmed;
}

/** A settled workload's Workflow, with only its owner and its phase. */
export function trimSettledWorkflow(workflow: Workflow): Workflow {
  const { name, namespace = "", labels, ownerReferences, resourceVersion, uid } = workflow.metadata;
  const workload = labels?.[LABELS.workload];
  if (!isOver(workflow) || workload === undefined) return workflow;
  return {
    apiVersion: intern(workflow.apiVersion),
    kind: intern(workflow.kind),
    metadata: {
      name,
      namespace: intern(namespace),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      labels: { [LABELS.workload]: workload, [LABELS.attempt]: intern(labels?.[LABELS.attempt] ?? "0") },
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    spec: {},
    status: { phase: intern(workflow.status?.phase ?? "") },
  };
}

/** A template with only its parameters, against which a workload's are checked. */
export function trimTemplate({ metadata, spec }: WorkflowTemplate): WorkflowTemplate {
  const parameters = spec.arguments?.parameters;
  const steps = spec.templates?.filter(({ steps, dag, suspend }) => !steps && !dag && !suspend);
  return {
    metadata: trimMetadata(metadata),
    spec: {
      ...(parameters ? { arguments: { parameters } } : {}),
      ...(steps ? { templates: steps.map(({ name = "" }) => ({ name })) } : {}),
    },
  };
}
