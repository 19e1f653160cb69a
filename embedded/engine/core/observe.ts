// Updates node statuses from their pods.
import { disruption, failure, lastWords, mainOf, podMessage } from "./failure.ts";
import { inputLookup } from "./frame.ts";
import { annotations, callOf } from "./names.ts";
import { isFulfilled, type Operation } from "./operation.ts";
import { collectOutputs } from "./outputs.ts";
import { pathOutput } from "./pod.ts";
import { layers, substituteIn } from "./substitute.ts";
import { parseScope } from "./templates.ts";
import { timestamp } from "./time.ts";
import type { NodeStatus, Phase, Pod, Template } from "./types.ts";

/** The reason of a pod that cannot be made yet, for want of a quota or the like. */
export const WAITING = "Waiting";

/** A pod belongs to the workflow that owns it; one of the same name that was deleted may have left pods behind. */
export function ownedBy(pod: Pod, uid: string | undefined): boolean {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return uid === undefined || owner === undefined || owner.uid === uid;
}

export const nodeIdOf = (pod: Pod): string | undefined => pod.metadata.annotations?.[annotations.nodeId];

/** Why a pod doesn't run yet: what an init container waits for is what all others wait for. */
function pendingReason(pod: Pod): string {
  const { initContainerStatuses = [], containerStatuses = [], conditions } = pod.status ?? {};
  const waiting = [...initContainerStatuses, ...containerStatuses].flatMap(({ state }) => state?.waiting ?? []);
  const first = waiting.find(({ reason }) => reason !== "PodInitializing") ?? waiting[0];
  if (first) return [first.reason, first.message].filter(Boolean).join(": ");
  const unschedulable = conditions?.find(({ reason }) => reason === "Unschedulable");
  return unschedulable ? ["Unschedulable", unschedulable.message].filter(Boolean).join(": ") : "";
}

function finishedAt(pod: Pod, now: Date): string {
  const times = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].flatMap(
    ({ state }) => state?.terminated?.finishedAt ?? [],
  );
  return times.sort().at(-1) ?? timestamp(now);
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

/**
 * Whether a pod's log is needed before its node can end: for `outputs.result`, or for the last words of a container that
 * failed without any where its termination message is an output's. A pod that never ran has no log.
 */
function needsLog(
  pod: Pod,
  { hasSucceeded, isWanted, hasPathOutput }: { hasSucceeded: boolean; isWanted: boolean; hasPathOutput: boolean },
): boolean {
  if (pod.logs !== undefined || pod.logProblem !== undefined || pod.metadata.deletionTimestamp) return false;
  if (hasSucceeded) return isWanted;
  const ended = mainOf(pod)?.state?.terminated;
  return ended !== undefined && !pod.status?.message && (isWanted || (hasPathOutput && !ended.message));
}

/** The template with the variables of its outputs put in, such as those of a default. */
function withVariables(op: Operation, node: NodeStatus, template: Template): Template {
  if (!template.outputs) return template;
  const lookup = layers(op.globals, inputLookup(node.inputs?.parameters ?? []), (name) => `{{${name}}}`);
  return { ...template, outputs: substituteIn(template.outputs, lookup) };
}

function finish(op: Operation, node: NodeStatus, pod: Pod): NodeStatus {
  const template = templateOf(op, node);
  const needsResult = wantsResult(op, node);
  const failed = failure(pod, lastWords(pod.logs ?? ""));
  const hasSucceeded = pod.status?.phase === "Succeeded" || failed.phase === "Succeeded";
  if (needsLog(pod, { hasSucceeded, isWanted: needsResult, hasPathOutput: pathOutput(template) !== undefined })) {
    op.logsNeeded.add(pod.metadata.name);
    return op.update(node, { phase: "Running", message: undefined });
  }
  const ended = mainOf(pod)?.state?.terminated;
  const { outputs, error } = collectOutputs(
    withVariables(op, node, template),
    node,
    ended,
    needsResult ? pod.logs : undefined,
  );
  const outcome = hasSucceeded ? { phase: "Succeeded" as Phase, message: "" } : failed;
  const missing =
    needsResult && pod.logProblem !== undefined
      ? `outputs.result: the pod's log cannot be read: ${pod.logProblem}`
      : undefined;
  const problem = error ?? missing;
  const result = hasSucceeded && problem ? { phase: "Error" as Phase, message: problem } : outcome;
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
      // Who takes a running pod away is known only for as long as the pod is there.
      return op.update(current, { phase: "Running", message: pod.metadata.deletionTimestamp && disruption(pod) });
    case "Succeeded":
    case "Failed":
      return finish(op, current, pod);
    case "Unknown":
      // The node doesn't answer: what the pod came to is not known yet.
      return op.update(current, { message: podMessage(pod) });
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
    if (node.type !== "Pod" || node.phase !== "Running" || op.pods.has(node.id)) continue;
    op.mark(node, "Error", node.message ? `pod deleted: ${node.message}` : "pod deleted");
  }
}

export const podRunning = (op: Operation) =>
  [...op.nodes.values()].some((node) => node.type === "Pod" && node.phase === "Running");
