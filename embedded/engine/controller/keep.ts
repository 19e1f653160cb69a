// Reduces finished objects in the caches: a finished workflow only waits for its removal and that of its pods, which needs
// some hundred of its many thousand bytes.
import { annotations, labels } from "../core/names.ts";
import { isOver } from "../core/result.ts";
import type { NodeStatus, ObjectMeta, Pod, Workflow, WorkflowSpec } from "../core/types.ts";

/** The part of a spec that is carried out after the end. */
function remaining({ spec, status }: Workflow): WorkflowSpec {
  const { podGC, ttlStrategy } = status?.storedWorkflowTemplateSpec ?? spec ?? {};
  const unresolved = status?.storedWorkflowTemplateSpec ? undefined : spec?.workflowTemplateRef;
  return {
    ...(podGC ? { podGC } : {}),
    ...(ttlStrategy ? { ttlStrategy } : {}),
    ...(unresolved ? { workflowTemplateRef: unresolved } : {}),
  };
}

/** Interned strings, for values that many objects share. */
const texts = new Map<string, string>();
function shared<T extends string>(text: T): T {
  const known = texts.get(text) as T | undefined;
  if (known === undefined) texts.set(text, text);
  return known ?? text;
}

/** Which object it is, of which version, and whether it goes already. */
function identity({ name, namespace, uid, resourceVersion, deletionTimestamp }: ObjectMeta): ObjectMeta {
  return {
    name,
    namespace: shared(namespace),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}

/** Only a podGC that looks at each pod's own node needs nodes. */
function nodesOf({ podGC }: WorkflowSpec, nodes: Record<string, NodeStatus> = {}): Record<string, NodeStatus> {
  const statuses: Record<string, NodeStatus> = {};
  if (!podGC?.strategy?.startsWith("OnPod")) return statuses;
  for (const { id, type, phase, finishedAt = "" } of Object.values(nodes)) {
    if (type === "Pod") statuses[id] = { id, name: id, displayName: id, type: "Pod", phase: shared(phase), finishedAt };
  }
  return statuses;
}

/** A workflow as it is, or of a finished one what its clearing away needs. */
export function keepWorkflow(workflow: Workflow): Workflow {
  const { metadata, status } = workflow;
  if (!status?.phase || !isOver(status.phase)) return workflow;
  const spec = remaining(workflow);
  // Its variables need the whole workflow.
  if (JSON.stringify(spec).includes("{{")) return workflow;
  return {
    metadata: identity(metadata),
    spec,
    status: {
      phase: shared(status.phase),
      ...(status.startedAt === undefined ? {} : { startedAt: status.startedAt }),
      ...(status.finishedAt === undefined ? {} : { finishedAt: status.finishedAt }),
      nodes: nodesOf(spec, status.nodes),
    },
  };
}

/** A pod as it is, or of one whose node is over (its label says so) who it is and whose. */
export function keepPod(pod: Pod): Pod {
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
    ...(status?.phase === undefined ? {} : { status: { phase: shared(status.phase) } }),
  };
}
