// Checks the limits on starting a call: the caller's parallelism, and its failFast after another call has failed.
import { isFulfilled, type Operation } from "./operation.ts";
import type { NodeStatus, Template } from "./types.ts";

const FAIL_FAST = "template has failed or errored children and failFast enabled";

/** Fails a boundary with all nodes in it that have not ended, and removes ids of nodes that never began from their parents. */
function failBoundary(op: Operation, boundary: NodeStatus): void {
  for (const node of [...op.nodes.values()]) {
    if (node.boundaryID !== boundary.id && node.id !== boundary.id) continue;
    const children = node.children?.filter((id) => op.get(id));
    if (children && children.length < (node.children?.length ?? 0)) op.update(node, { children });
    if (!isFulfilled(node.phase)) op.mark(node, "Failed", FAIL_FAST);
  }
}

/** Whether a failure among a boundary's children stops it; fails the boundary once none of its children is active. */
export function stoppedByFailure(op: Operation, node: NodeStatus, template: Template): boolean {
  const { failed, active } = op.childCounts(node.id);
  if (!template.failFast || failed === 0) return false;
  if (active === 0) failBoundary(op, node);
  return true;
}

/** Whether one more child may begin under a boundary. */
export function mayBegin(op: Operation, boundary: string | undefined, within: Template | undefined): boolean {
  if (boundary === undefined || !within) return true;
  const node = op.get(boundary);
  const limit = within.parallelism ?? 0;
  const isStopped = node !== undefined && stoppedByFailure(op, node, within);
  const isAllowed = !isStopped && (limit <= 0 || op.childCounts(boundary).active < limit);
  if (!isAllowed) op.deferred = true;
  return isAllowed;
}

/** Whether the workflow's parallelism allows one more pod. */
export function mayAddPod(op: Operation): boolean {
  const limit = op.spec.parallelism;
  const isAllowed = limit === undefined || op.activePods < limit;
  if (!isAllowed) op.deferred = true;
  return isAllowed;
}
