// Applies deadline and shutdown: running pods are deleted and waiting nodes fail; the exit handler still runs, except with Terminate.
import { isFulfilled, type Operation } from "./operation.ts";

export function applyControl(op: Operation): void {
  if (op.deadline !== undefined && !op.pastDeadline) op.wake(op.deadline);
  if (!op.spec.shutdown && !op.pastDeadline) return;
  for (const node of [...op.nodes.values()]) {
    if (isFulfilled(node.phase)) continue;
    const isExit = op.isExit(node);
    const isStopped = !op.mayStart(isExit);
    const isLate = op.pastDeadline && !isExit;
    if (!isStopped && !isLate) continue;
    if (node.type === "Pod") {
      const pod = op.pods.get(node.id);
      // The node of a pod that ended by itself is fulfilled already.
      if (pod && !pod.metadata.deletionTimestamp) op.podsToDelete.add(pod.metadata.name);
      op.mark(
        node,
        "Failed",
        isStopped ? `workflow shutdown with strategy:  ${op.spec.shutdown}` : "Step exceeded its deadline",
      );
    } else if (node.type === "Suspend") {
      op.mark(node, "Failed", isStopped ? `Stopped with strategy '${op.spec.shutdown}'` : "Step exceeded its deadline");
    }
  }
}
