// What the pods say about their nodes.
import { annotations, callOf } from "./names.ts";
import { isFulfilled, type Operation } from "./operation.ts";
import { collectOutputs } from "./outputs.ts";
import { MAIN } from "./pod.ts";
import { parseScope } from "./templates.ts";
import { timestamp } from "./time.ts";
import type { ContainerStatus, NodeStatus, Phase, Pod, Template } from "./types.ts";

/** The reason of a pod that the API server refused. */
export const REJECTED = "Rejected";
/** The reason of a pod that cannot be made yet, for want of a quota or the like. */
export const WAITING = "Waiting";

/** A pod belongs to the workflow that owns it; one of the same name that was deleted may have left pods behind. */
export function ownedBy(pod: Pod, uid: string | undefined): boolean {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return uid === undefined || owner === undefined || owner.uid === uid;
}

export const nodeIdOf = (pod: Pod): string | undefined => pod.metadata.annotations?.[annotations.nodeId];

const main = (pod: Pod): ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find(({ name }) => name === MAIN);

function pendingReason(pod: Pod): string {
  for (const { state } of pod.status?.containerStatuses ?? []) {
    if (state?.waiting) return [state.waiting.reason, state.waiting.message].filter(Boolean).join(": ");
  }
  const unschedulable = pod.status?.conditions?.find(({ reason }) => reason === "Unschedulable");
  return unschedulable ? ["Unschedulable", unschedulable.message].filter(Boolean).join(": ") : "";
}

function finishedAt(pod: Pod, now: Date): string {
  const times = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].flatMap(
    ({ state }) => state?.terminated?.finishedAt ?? [],
  );
  return times.sort().at(-1) ?? timestamp(now);
}

/**
 * Whether a pod ended because somebody deleted it: its containers were stopped after the deletion was asked for. Then
 * its exit code tells nothing about the step.
 */
function endedByDeletion(pod: Pod): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  if (!deletionTimestamp) return false;
  const asked = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  const ended = main(pod)?.state?.terminated?.finishedAt;
  return ended === undefined || Date.parse(ended) >= asked;
}

/** Why a pod failed. Output that travels as termination message is not part of the reason. */
function failure(pod: Pod, hasPathOutput: boolean): { phase: Phase; message: string } {
  // The API server would not have it: the controller tells so by a pod that never was.
  if (pod.status?.reason === REJECTED) return { phase: "Error", message: pod.status.message ?? REJECTED };
  if (endedByDeletion(pod)) return { phase: "Error", message: "pod deleted" };
  if (pod.status?.message) return { phase: "Failed", message: pod.status.message };
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  if (containers.length === 0) {
    const { name, namespace } = pod.metadata;
    return { phase: "Failed", message: `can't find failed message for pod ${name} namespace ${namespace}` };
  }
  for (const { name, state } of containers) {
    if (state?.waiting) {
      const { reason = "", message = "" } = state.waiting;
      return { phase: "Error", message: `Pod failed before ${name} container starts due to ${reason}: ${message}` };
    }
    const ended = state?.terminated;
    if (!ended || ended.exitCode === 0) continue;
    const own = name === MAIN && hasPathOutput ? undefined : ended.message;
    const message = `${name}: ${ended.reason ?? "Error"} (exit code ${ended.exitCode})${own ? `: ${own}` : ""}`;
    return { phase: "Failed", message };
  }
  return { phase: "Failed", message: "pod failed: main container did not complete successfully" };
}

/** Whether the caller of a node's template uses its `outputs.result`, which costs reading the pod's log. */
function wantsResult(op: Operation, node: NodeStatus): boolean {
  const boundary = node.boundaryID === undefined ? undefined : op.get(node.boundaryID);
  const caller = boundary && templateOf(op, boundary);
  if (!caller) return false;
  const kind = caller.dag ? "tasks" : "steps";
  return JSON.stringify(caller).includes(`${kind}.${callOf(node.name)}.outputs.result`);
}

export function templateOf(op: Operation, node: NodeStatus): Template {
  return op.templates.resolve(
    {
      ...(node.templateName ? { template: node.templateName } : {}),
      ...(node.templateRef ? { templateRef: node.templateRef } : {}),
    },
    parseScope(node.templateScope),
  ).template;
}

function finish(op: Operation, node: NodeStatus, pod: Pod, succeeded: boolean): NodeStatus {
  const template = templateOf(op, node);
  const wanted = wantsResult(op, node);
  if (wanted && pod.logs === undefined && !pod.metadata.deletionTimestamp) {
    op.logsNeeded.add(pod.metadata.name);
    return op.update(node, { phase: "Running" });
  }
  const ended = main(pod)?.state?.terminated;
  const { outputs, error } = collectOutputs(template, node, ended, wanted ? pod.logs : undefined);
  const outcome = succeeded
    ? { phase: "Succeeded" as Phase, message: "" }
    : failure(pod, Boolean(template.outputs?.parameters?.length));
  const result = succeeded && error ? { phase: "Error" as Phase, message: error } : outcome;
  return op.update(node, {
    ...result,
    message: result.message || undefined,
    outputs,
    finishedAt: finishedAt(pod, op.now),
  });
}

function observePod(op: Operation, node: NodeStatus, pod: Pod): NodeStatus {
  const { nodeName } = pod.spec;
  const current = nodeName ? op.update(node, { hostNodeName: nodeName }) : node;
  switch (pod.status?.phase) {
    case "Running":
      return op.update(current, { phase: "Running", message: undefined });
    case "Succeeded":
      return finish(op, current, pod, true);
    case "Failed":
      return finish(op, current, pod, false);
    default:
      return op.update(current, { phase: "Pending", message: pendingReason(pod) || undefined });
  }
}

/** Brings every pod's node up to date; a node whose pod was there and is gone ends in error. */
export function observePods(op: Operation, pods: readonly Pod[]): void {
  for (const pod of pods) {
    const id = nodeIdOf(pod);
    if (id === undefined || !ownedBy(pod, op.workflow.metadata.uid)) continue;
    const node = op.get(id);
    if (pod.status?.reason === WAITING) {
      if (node?.phase === "Pending") op.update(node, { message: pod.status.message });
      continue;
    }
    op.pods.set(id, pod);
    if (node && node.type === "Pod" && !isFulfilled(node.phase)) observePod(op, node, pod);
  }
  for (const node of [...op.nodes.values()]) {
    if (node.type === "Pod" && node.phase === "Running" && !op.pods.has(node.id)) op.mark(node, "Error", "pod deleted");
  }
}

export const podRunning = (op: Operation) =>
  [...op.nodes.values()].some((node) => node.type === "Pod" && node.phase === "Running");
