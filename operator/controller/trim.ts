// What the caches keep of each object: what decisions read, and of what has ended next to nothing.
import type { AgentWorkload, ObjectMeta } from "@agentic/api/agentworkload.ts";
import { LABELS } from "@agentic/api/names.ts";
import { isFinal } from "@agentic/api/phases.ts";
import type { Workflow, WorkflowTemplate } from "../argo.ts";
import { isOver } from "../decide/follow.ts";
import { parseTime } from "../decide/time.ts";

/** A workload that has ended and owes nothing: only its time to be deleted can still bring anything about. */
export interface Settled {
  metadata: Pick<ObjectMeta, "name" | "namespace" | "uid" | "resourceVersion">;
  settled: true;
  phase: string;
  /** When it is to be deleted, milliseconds since the epoch; undefined where its spec says nothing of it. */
  deleteAt?: number;
}

/** A workload as it is kept. */
export type KnownWorkload = AgentWorkload | Settled;

export function isSettled(workload: KnownWorkload): workload is Settled {
  return "settled" in workload;
}

/** All of a workload but what tools write for themselves; of one that has settled the little that matters. */
export function trimWorkload(workload: AgentWorkload): KnownWorkload {
  return settledOf(workload) ?? { ...workload, metadata: trimMetadata(workload.metadata) };
}

function settledOf({ metadata, spec, status }: AgentWorkload): Settled | undefined {
  // A spec that has changed since may set a refused workload going again.
  const ended = isFinal(status?.phase) && status?.observedGeneration === metadata.generation;
  const owes = status?.notifications?.some(({ state }) => state === "Pending") ?? false;
  if (!ended || owes) return undefined;
  const completed = parseTime(status?.completedAt);
  const ttl = spec.ttlSecondsAfterFinished;
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace: shared(namespace) }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    settled: true,
    phase: shared(status?.phase ?? ""),
    ...(ttl === undefined || completed === undefined ? {} : { deleteAt: completed + ttl * 1000 }),
  };
}

/** One copy of each of a few texts that thousands of objects have. */
const texts = new Map<string, string>();
function shared(text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  texts.set(text, text);
  return text;
}

/** Metadata without the field managers' records and kubectl's copy of the object. */
export function trimMetadata(metadata: ObjectMeta): ObjectMeta {
  const { managedFields: _, ...kept } = metadata as ObjectMeta & { managedFields?: unknown };
  if (!kept.annotations) return kept;
  const { "kubectl.kubernetes.io/last-applied-configuration": __, ...annotations } = kept.annotations;
  return { ...kept, annotations };
}

/** Of a Workflow the nodes matter, not the templates that it stores beside them. */
export function trimWorkflow(workflow: Workflow): Workflow {
  const { spec, status, metadata } = workflow;
  return {
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
  };
}

/** Of a settled workload's Workflow: whose it is, and that it is there. */
export function trimSettledWorkflow(workflow: Workflow): Workflow {
  const { name, namespace = "", labels, ownerReferences, resourceVersion, uid } = workflow.metadata;
  const workload = labels?.[LABELS.workload];
  if (!isOver(workflow) || workload === undefined) return workflow;
  return {
    apiVersion: shared(workflow.apiVersion),
    kind: shared(workflow.kind),
    metadata: {
      name,
      namespace: shared(namespace),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      labels: { [LABELS.workload]: workload, [LABELS.attempt]: shared(labels?.[LABELS.attempt] ?? "0") },
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    spec: {},
    status: { phase: shared(workflow.status?.phase ?? "") },
  };
}

/** Of a template its parameters, which a workload's are checked against. */
export function trimTemplate({ metadata, spec }: WorkflowTemplate): WorkflowTemplate {
  const parameters = spec.arguments?.parameters;
  return { metadata: trimMetadata(metadata), spec: parameters ? { arguments: { parameters } } : {} };
}
