// Garbage collection: pods by podGC, the workflow itself by its ttlStrategy.
import { INT32 } from "./integer.ts";
import { labels } from "./names.ts";
import { nodeIdOf } from "./observe.ts";
import { isFulfilled, type Operation } from "./operation.ts";
import { isOver } from "./result.ts";
import { substitute } from "./substitute.ts";
import { parseDuration, parseTimestamp } from "./time.ts";
import type { NodeStatus, Pod, WorkflowSpec, WorkflowStatus } from "./types.ts";

/** Argo's own default: whoever wants to look at a pod that has just ended gets a moment. */
const DELAY = "5s";

function podIsDue(spec: WorkflowSpec, node: NodeStatus | undefined, workflowPhase: string | undefined): boolean {
  switch (spec.podGC?.strategy) {
    case "OnPodCompletion":
      return isFulfilled(node?.phase);
    case "OnPodSuccess":
      return node?.phase === "Succeeded";
    case "OnWorkflowCompletion":
      return isOver(workflowPhase);
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
  // Argo takes an empty one, and what becomes empty, for its default.
  const delay = parseDuration(
    substitute(op.spec.podGC?.deleteDelayDuration ?? "", op.globals) || DELAY,
    "spec.podGC.deleteDelayDuration",
  );
  const forWorkflow = op.spec.podGC?.strategy?.startsWith("OnWorkflow");
  for (const pod of op.pods.values()) {
    const node = op.get(nodeIdOf(pod) ?? "");
    if (pod.metadata.deletionTimestamp || op.deletes.has(pod.metadata.name)) continue;
    // Where the workflow is over every node is, also one that isn't known any more.
    if (!isOver(workflowPhase) && !isFulfilled(node?.phase)) continue;
    if (podIsDue(op.spec, node, workflowPhase)) {
      const due = parseTimestamp((forWorkflow ? undefined : node?.finishedAt) ?? finishedAt, "finishedAt") + delay;
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
export function expiresAt(status: WorkflowStatus | undefined, spec: WorkflowSpec | undefined): number | undefined {
  const ttl = spec?.ttlStrategy;
  if (!ttl || !status?.finishedAt || Number.isNaN(Date.parse(status.finishedAt))) return undefined;
  const byPhase =
    status.phase === "Succeeded"
      ? ttl.secondsAfterSuccess
      : status.phase === "Failed"
        ? ttl.secondsAfterFailure
        : undefined;
  const seconds = byPhase ?? ttl.secondsAfterCompletion;
  // A workflow that was refused, perhaps for this very field, is over as well.
  if (!Number.isInteger(seconds) || Math.abs(Number(seconds)) > INT32.max) return undefined;
  return Date.parse(status.finishedAt) + Number(seconds) * 1000;
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
