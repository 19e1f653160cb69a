// Runs a container or script template, which is one pod.
import { type Frame, nodeFields } from "./frame.ts";
import { mayAddPod } from "./limits.ts";
import type { Operation } from "./operation.ts";
import { buildPod } from "./pod.ts";
import type { NodeStatus } from "./types.ts";

/** Requests the pod of a node unless it has one; returns no node where the workflow's parallelism allows no further pod. */
export function executePod(op: Operation, frame: Frame): NodeStatus | undefined {
  const existing = op.named(frame.name);
  if (existing && (existing.phase !== "Pending" || op.pods.has(existing.id))) return existing;
  if (!existing && op.mayStart(frame.onExit) && !mayAddPod(op)) return undefined;
  const node = existing ?? op.create(frame.name, { type: "Pod", phase: "Pending", ...nodeFields(frame) });
  if (!op.mayStart(frame.onExit))
    return op.mark(node, "Failed", `workflow shutdown with strategy: ${op.spec.shutdown}`);
  if (op.pastDeadline && !frame.onExit) return op.mark(node, "Failed", "Step exceeded its deadline");
  const pod = buildPod(op, frame);
  op.podsToCreate.set(pod.metadata.name, pod);
  return node;
}
