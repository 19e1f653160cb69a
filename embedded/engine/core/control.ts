// Deadline and shutdown: running pods are ended and waiting nodes failed; the exit handler still runs, except with Terminate.
import { isFulfilled, type Operation } from "./operation.ts";

export function applyControl(op: Operation): void {
  if (op.deadline !== undefined && !op.pastDeadline) op.wake(op.deadline);
  if (!op.spec.shutdown && !op.pastDeadline) return;
  for (const node of [...op.nodes.values()]) {
    if (isFulfilled(node.phase)) continue;
    const exit = op.isExit(node);
    const stopped = !op.mayStart(exit);
    const late = op.pastDeadline && !exit;
    if (!stopped && !late) continue;
    if (node.type === "Pod") {
      const pod = op.pods.get(node.id);
      // A pod that ended by itself has its own say, which the pass has already heard.
      if (pod && !pod.metadata.deletionTimestamp) op.deletes.add(pod.metadata.name);
      op.mark(
        node,
        "Failed",
        stopped ? `workflow shutdown with strategy:  ${op.spec.shutdown}` : "Step exceeded its deadline",
      );
    } else if (node.type === "Suspend") {
      op.mark(node, "Failed", stopped ? `Stopped with strategy '${op.spec.shutdown}'` : "Step exceeded its deadline");
    }
  }
}
