// Trims finished objects in the caches: a finished workflow only waits for its deletion and that of its pods, for which a few
// hundred of its many thousand bytes are enough.

import { cronOwnerOf } from "../core/cron/child.ts";
import { CRON_KEYS } from "../core/cron/types.ts";
import { annotations, labels } from "../core/names.ts";
import { isOver } from "../core/result.ts";
import type { NodeStatus, ObjectMeta, Pod, Workflow, WorkflowSpec } from "../core/types.ts";

/** The part of a spec that still has an effect after the workflow's end. */
function collectionSpec({ spec, status }: Workflow): WorkflowSpec {
  const { podGC, ttlStrategy } = status?.storedWorkflowTemplateSpec ?? spec ?? {};
  const unresolved = status?.storedWorkflowTemplateSpec ? undefined : spec?.workflowTemplateRef;
  return {
    ...(podGC ? { podGC } : {}),
    ...(ttlStrategy ? { ttlStrategy } : {}),
    ...(unresolved ? { workflowTemplateRef: unresolved } : {}),
  };
}

/** One copy of each value that many objects share. */
const interned = new Map<string, string>();
function intern<T extends string>(text: T): T {
  const existing = interned.get(text) as T | undefined;
  if (existing === undefined) interned.set(text, text);
  return existing ?? text;
}

/** The object's identity, its version, and whether it is being deleted. */
function identity({ name, namespace, uid, resourceVersion, deletionTimestamp }: ObjectMeta): ObjectMeta {
  return {
    name,
    namespace: intern(namespace),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}

/** The nodes that the podGC of the spec needs: it needs some only where it goes by each pod's own node. */
function nodesOf({ podGC }: WorkflowSpec, nodes: Record<string, NodeStatus> = {}): Record<string, NodeStatus> {
  const statuses: Record<string, NodeStatus> = {};
  if (!podGC?.strategy?.startsWith("OnPod")) return statuses;
  for (const { id, type, phase, finishedAt = "" } of Object.values(nodes)) {
    if (type === "Pod") statuses[id] = { id, name: id, displayName: id, type: "Pod", phase: intern(phase), finishedAt };
  }
  return statuses;
}

/** By what a CronWorkflow knows its own. */
function scheduled(workflow: Workflow): Partial<ObjectMeta> {
  const owner = cronOwnerOf(workflow);
  const label = workflow.metadata.labels?.[CRON_KEYS.cronWorkflow];
  return {
    ...(owner ? { ownerReferences: [{ kind: "CronWorkflow", controller: true, ...owner }] } : {}),
    ...(label === undefined ? {} : { labels: { [CRON_KEYS.cronWorkflow]: intern(label) } }),
  };
}

/** A workflow as it is; of a finished one only the fields that its garbage collection needs. */
export function trimWorkflow(workflow: Workflow): Workflow {
  const { metadata, status } = workflow;
  if (!status?.phase || !isOver(status.phase)) return workflow;
  const spec = collectionSpec(workflow);
  // The variables in it need the whole workflow.
  if (JSON.stringify(spec).includes("{{")) return workflow;
  return {
    metadata: { ...identity(metadata), ...scheduled(workflow) },
    spec,
    status: {
      phase: intern(status.phase),
      ...(status.startedAt === undefined ? {} : { startedAt: status.startedAt }),
      ...(status.finishedAt === undefined ? {} : { finishedAt: status.finishedAt }),
      nodes: nodesOf(spec, status.nodes),
    },
  };
}

/** A pod as it is; of one whose node has ended, as its label says, only its identity, owner and phase. */
export function trimPod(pod: Pod): Pod {
  const { metadata, status } = pod;
  if (metadata.labels?.[labels.completed] !== "true") return pod;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  const nodeId = metadata.annotations?.[annotations.nodeId];
  return {
    metadata: {
      ...identity(metadata),
      labels: { [labels.workflow]: metadata.labels[labels.workflow] ?? "", [labels.completed]: "true" },
      ...(nodeId === undefined ? {} : { annotations: { [annotations.nodeId]: nodeId } }),
      ...(owner ? { ownerReferences: [{ controller: true, uid: owner.uid ?? "" }] } : {}),
    },
    spec: {},
    ...(status?.phase === undefined ? {} : { status: { phase: intern(status.phase) } }),
  };
}
