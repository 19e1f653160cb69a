// Garbage collection: pods by podGC, the workflow itself by its ttlStrategy.
import { INT32 } from "./integer.ts";
import { labels } from "./names.ts";
import { nodeIdOf } from "./observe.ts";
import { isFulfilled, type Operation } from "./operation.ts";
import { isOver } from "./result.ts";
import { selects } from "./selector.ts";
import { substitute } from "./substitute.ts";
import { parseDuration, parseTimestamp } from "./time.ts";
import type { NodeStatus, Pod, WorkflowSpec, WorkflowStatus } from "./types.ts";

/** Argo's default, which leaves people a moment to look at a pod that has just ended. */
const DEFAULT_DELAY = "5s";

/** Whether podGC deletes a pod, once its delay is over. */
function isCollectable(
  { podGC }: WorkflowSpec,
  pod: Pod,
  node: NodeStatus | undefined,
  workflowPhase: string | undefined,
): boolean {
  if (podGC?.labelSelector && !selects(podGC.labelSelector, pod.metadata.labels ?? {})) return false;
  switch (podGC?.strategy) {
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

/** Adds the pods that podGC deletes now to the operation's deletions; returns the pods to label as completed. */
export function collectPods(
  op: Operation,
  workflowPhase: string | undefined,
  finishedAt: string | undefined,
): { completed: string[] } {
  const completed: string[] = [];
  // As in Argo, a delay that is empty, also after substitution, is the default.
  const delay = parseDuration(
    substitute(op.spec.podGC?.deleteDelayDuration ?? "", op.globals) || DEFAULT_DELAY,
    "spec.podGC.deleteDelayDuration",
  );
  const followsWorkflow = op.spec.podGC?.strategy?.startsWith("OnWorkflow");
  for (const pod of op.pods.values()) {
    const node = op.get(nodeIdOf(pod) ?? "");
    if (pod.metadata.deletionTimestamp || op.podsToDelete.has(pod.metadata.name)) continue;
    // When the workflow is over, so are all its nodes, also those that are no longer in its status.
    if (!isOver(workflowPhase) && !isFulfilled(node?.phase)) continue;
    if (isCollectable(op.spec, pod, node, workflowPhase)) {
      const due = parseTimestamp((followsWorkflow ? undefined : node?.finishedAt) ?? finishedAt, "finishedAt") + delay;
      if (op.now.getTime() >= due) {
        op.podsToDelete.add(pod.metadata.name);
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
  // A workflow that was refused because of this very field is finished too, with an invalid value in it.
  if (!Number.isInteger(seconds) || Math.abs(Number(seconds)) > INT32.max) return undefined;
  return Date.parse(status.finishedAt) + Number(seconds) * 1000;
}

/** Whether a pod runs or will run, and is not being deleted. */
export function isActive({ status, metadata }: Pod): boolean {
  return !metadata.deletionTimestamp && status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

/** Deletes the pods that are still active when their workflow ends, and fails the nodes that have not ended. */
export function endLeftovers(op: Operation, pods: Iterable<Pod>): void {
  for (const pod of pods) if (isActive(pod)) op.podsToDelete.add(pod.metadata.name);
  for (const node of [...op.nodes.values()]) {
    if (!isFulfilled(node.phase)) op.mark(node, "Failed", "the workflow ended before this node did");
  }
}
