// Updates the statuses of nodes from their pods.
import { disruption, failure, mainOf, messageFromLog, podMessage } from "./failure.ts";
import { inputLookup } from "./frame.ts";
import { annotations, callOf } from "./names.ts";
import { isFulfilled, type Operation } from "./operation.ts";
import { collectOutputs } from "./outputs.ts";
import { pathOutput } from "./pod.ts";
import { layers, substituteIn } from "./substitute.ts";
import { parseScope } from "./templates.ts";
import { timestamp } from "./time.ts";
import type { NodeStatus, Phase, Pod, Template } from "./types.ts";

/** The reason of a pod that can't be created yet, as where a quota is used up. */
export const WAITING = "Waiting";

/** Whether a pod belongs to the workflow with this uid; an earlier workflow of the same name may have left pods behind. */
export function ownedBy(pod: Pod, uid: string | undefined): boolean {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return uid === undefined || owner === undefined || owner.uid === uid;
}

export const nodeIdOf = (pod: Pod): string | undefined => pod.metadata.annotations?.[annotations.nodeId];

/** Why a pod doesn't run yet: the first reason of a waiting container, init containers first. */
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

/** Whether the caller of a node's template uses its `outputs.result`, for which the pod's log must be read. */
function isResultUsed(op: Operation, node: NodeStatus): boolean {
  const boundary = node.boundaryID === undefined ? undefined : op.get(node.boundaryID);
  const caller = boundary && templateOf(op, boundary);
  if (!caller) return false;
  const kind = caller.dag ? "tasks" : "steps";
  return JSON.stringify(caller).includes(`${kind}.${callOf(node.name)}.outputs.result`);
}

/** The template that stands in the call of a node, which names none. */
function inlineOf(op: Operation, node: NodeStatus): Template | undefined {
  const boundary = node.boundaryID === undefined ? undefined : op.get(node.boundaryID);
  if (!boundary) return undefined;
  const { dag, steps = [] } = templateOf(op, boundary);
  const name = callOf(node.name);
  return [...(dag?.tasks ?? []), ...steps.flat()].find((call) => call.name === name)?.inline;
}

export function templateOf(op: Operation, node: NodeStatus): Template {
  const { templateName, templateRef } = node;
  const inline = templateName || templateRef ? undefined : inlineOf(op, node);
  return op.templates.resolve(
    {
      ...(templateName ? { template: templateName } : {}),
      ...(templateRef ? { templateRef } : {}),
      ...(inline ? { inline } : {}),
    },
    parseScope(node.templateScope),
  ).template;
}

/**
 * Whether a pod's log must be read before its node can end: for `outputs.result`, or for the reason of a failure, where the
 * termination message is for an output and empty. A pod that never ran has no log.
 */
function needsLog(
  pod: Pod,
  { hasSucceeded, usesResult, hasPathOutput }: { hasSucceeded: boolean; usesResult: boolean; hasPathOutput: boolean },
): boolean {
  if (pod.logs !== undefined || pod.logProblem !== undefined || pod.metadata.deletionTimestamp) return false;
  if (hasSucceeded) return usesResult;
  const terminated = mainOf(pod)?.state?.terminated;
  return terminated !== undefined && !pod.status?.message && (usesResult || (hasPathOutput && !terminated.message));
}

/** The template after substitution in its outputs, as in a default. */
function withResolvedOutputs(op: Operation, node: NodeStatus, template: Template): Template {
  if (!template.outputs) return template;
  const lookup = layers(op.globals, inputLookup(node.inputs?.parameters ?? []), (name) => `{{${name}}}`);
  return { ...template, outputs: substituteIn(template.outputs, lookup) };
}

function finish(op: Operation, node: NodeStatus, pod: Pod): NodeStatus {
  const template = templateOf(op, node);
  const usesResult = isResultUsed(op, node);
  const failed = failure(pod, messageFromLog(pod.logs ?? ""));
  const hasSucceeded = pod.status?.phase === "Succeeded" || failed.phase === "Succeeded";
  if (needsLog(pod, { hasSucceeded, usesResult, hasPathOutput: pathOutput(template) !== undefined })) {
    op.logsNeeded.add(pod.metadata.name);
    return op.update(node, { phase: "Running", message: undefined });
  }
  const terminated = mainOf(pod)?.state?.terminated;
  const { outputs, error } = collectOutputs(
    withResolvedOutputs(op, node, template),
    node,
    terminated,
    usesResult ? pod.logs : undefined,
  );
  const outcome = hasSucceeded ? { phase: "Succeeded" as Phase, message: "" } : failed;
  const logError =
    usesResult && pod.logProblem !== undefined
      ? `outputs.result: the pod's log cannot be read: ${pod.logProblem}`
      : undefined;
  const problem = error ?? logError;
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
      // Why a running pod is deleted can be read only until it is gone.
      return op.update(current, { phase: "Running", message: pod.metadata.deletionTimestamp && disruption(pod) });
    case "Succeeded":
    case "Failed":
      return finish(op, current, pod);
    case "Unknown":
      // The Kubernetes node doesn't answer: the pod may still run, or may have ended.
      return op.update(current, { message: podMessage(pod) });
    default:
      return op.update(current, { phase: "Pending", message: pendingReason(pod) || undefined });
  }
}

/** Updates the node of every pod; a node whose pod ran and is deleted ends in error. */
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
