// What is cleared away: pods by podGC, the workflow itself by its ttlStrategy.

import { labels } from "./names.ts";
import { nodeIdOf } from "./observe.ts";
import { isFulfilled, type Operation } from "./operation.ts";
import { parseDuration } from "./time.ts";
import type { NodeStatus, Pod, WorkflowSpec, WorkflowStatus } from "./types.ts";

/** Argo's own default: whoever wants to look at a pod that has just ended gets a moment. */
const DELAY = "5s";

function podIsDue(spec: WorkflowSpec, node: NodeStatus | undefined, workflowPhase: string | undefined): boolean {
  const over = workflowPhase === "Succeeded" || workflowPhase === "Failed" || workflowPhase === "Error";
  switch (spec.podGC?.strategy) {
    case "OnPodCompletion":
      return isFulfilled(node?.phase);
    case "OnPodSuccess":
      return node?.phase === "Succeeded";
    case "OnWorkflowCompletion":
      return over;
    case "OnWorkflowSuccess":
      return workflowPhase === "Succeeded";
    default:
      return false;
  }
}

/** Pods to label as completed, and those that podGC wants gone by now. */
export function collectPods(
  op: Operation,
  workflowPhase: string | undefined,
  finishedAt: string | undefined,
): { completed: string[] } {
  const completed: string[] = [];
  const delay = parseDuration(op.spec.podGC?.deleteDelayDuration ?? DELAY);
  const whole = op.spec.podGC?.strategy?.startsWith("OnWorkflow");
  for (const pod of op.pods.values()) {
    const node = op.get(nodeIdOf(pod) ?? "");
    if (pod.metadata.deletionTimestamp || op.deletes.has(pod.metadata.name)) continue;
    if (!node || !isFulfilled(node.phase)) continue;
    if (podIsDue(op.spec, node, workflowPhase)) {
      const due = Date.parse((whole ? finishedAt : node.finishedAt) ?? "") + delay;
      if (op.now.getTime() >= due) {
        op.deletes.add(pod.metadata.name);
        continue;
      }
      op.wake(due);
    }
    if (pod.metadata.labels?.[labels.completed] !== "true") completed.push(pod.metadata.name);
  }
  return { completed };
}

/** Epoch milliseconds at which a finished workflow is to be deleted; undefined for never. */
export function expiresAt(status: WorkflowStatus | undefined, spec: WorkflowSpec): number | undefined {
  const ttl = spec.ttlStrategy;
  if (!ttl || !status?.finishedAt) return undefined;
  const byPhase =
    status.phase === "Succeeded"
      ? ttl.secondsAfterSuccess
      : status.phase === "Failed"
        ? ttl.secondsAfterFailure
        : undefined;
  const seconds = byPhase ?? ttl.secondsAfterCompletion;
  return seconds === undefined ? undefined : Date.parse(status.finishedAt) + seconds * 1000;
}

/** Whether a pod still runs, or will, and nobody has asked for its end yet. */
export function isActive({ status, metadata }: Pod): boolean {
  return !metadata.deletionTimestamp && status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

/** Pods that still run when their workflow is over have nobody left to run for. */
export function leftOver(op: Operation, pods: Iterable<Pod>): void {
  for (const pod of pods) if (isActive(pod)) op.deletes.add(pod.metadata.name);
  for (const node of [...op.nodes.values()]) {
    if (!isFulfilled(node.phase)) op.mark(node, "Failed", "the workflow ended before this node did");
  }
}
