// What is kept of objects that are over: a finished workflow waits for its pods and itself to be cleared away, which takes
// some hundred bytes of its many thousand.
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

/** Each text once, of which all objects have the same few. */
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
  const kept: Record<string, NodeStatus> = {};
  if (!podGC?.strategy?.startsWith("OnPod")) return kept;
  for (const { id, type, phase, finishedAt = "" } of Object.values(nodes)) {
    if (type === "Pod") kept[id] = { id, name: id, displayName: id, type: "Pod", phase: shared(phase), finishedAt };
  }
  return kept;
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
