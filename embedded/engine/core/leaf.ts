// Runs a container or script template, which is one pod.
import { type Frame, nodeFields } from "./frame.ts";
import { mayAddPod } from "./limits.ts";
import type { Operation } from "./operation.ts";
import { buildPod } from "./pod.ts";
import { substitute } from "./substitute.ts";
import { parseDuration, parseTimestamp } from "./time.ts";
import type { NodeStatus } from "./types.ts";

/** Whether a node waits for its pod to run for longer than its template lets it; wakes the engine when that will be. */
function isPendingTooLong(op: Operation, frame: Frame, node: NodeStatus): boolean {
  const ends = timeouts(frame, node).map(({ at }) => at);
  if (ends.length === 0) return false;
  const end = Math.min(...ends);
  if (op.now.getTime() > end) return true;
  op.wake(end + 1);
  return false;
}

/** Requests the pod of a node unless it has one; returns no node where the workflow's parallelism allows no further pod. */
export function executePod(op: Operation, frame: Frame): NodeStatus | undefined {
  const existing = op.named(frame.name);
  if (existing && existing.phase !== "Pending") return existing;
  if (existing && isPendingTooLong(op, frame, existing)) {
    const pod = op.pods.get(existing.id);
    if (pod) op.podsToDelete.add(pod.metadata.name);
    return op.mark(existing, "Failed", "timeout");
  }
  if (existing && op.pods.has(existing.id)) return existing;
  if (!existing && op.mayStart(frame.onExit) && !mayAddPod(op)) return undefined;
  const node = existing ?? op.create(frame.name, { type: "Pod", phase: "Pending", ...nodeFields(frame) });
  if (!op.mayStart(frame.onExit))
    return op.mark(node, "Failed", `workflow shutdown with strategy: ${op.spec.shutdown}`);
  if (op.pastDeadline && !frame.onExit) return op.mark(node, "Failed", "Step exceeded its deadline");
  const [limit] = timeouts(frame, node).filter(({ field }) => field === "timeout");
  if (!existing) isPendingTooLong(op, frame, node);
  const pod = buildPod(op, limit ? { ...frame, until: Math.min(frame.until ?? limit.at, limit.at) } : frame);
  op.podsToCreate.set(pod.metadata.name, pod);
  return node;
}

/** When a node of a template with limits has waited for long enough, in epoch milliseconds; `timeout` limits its pod's time, too. */
function timeouts({ template, lookup }: Frame, node: NodeStatus): { field: string; at: number }[] {
  return (["timeout", "pendingTimeout"] as const).flatMap((field) => {
    const duration = substitute(template[field] ?? "", lookup);
    if (duration === "") return [];
    return [{ field, at: parseTimestamp(node.startedAt, "startedAt") + parseDuration(duration, field) }];
  });
}
