// Limits on starting a call: its caller's parallelism, and failFast after another call has failed.
import { isFulfilled, type Operation } from "./operation.ts";
import type { NodeStatus, Template } from "./types.ts";

const FAIL_FAST = "template has failed or errored children and failFast enabled";

/** Ends a boundary by failure: what waits in it won't come to its end, and what never began isn't anybody's child. */
function fail(op: Operation, boundary: NodeStatus): void {
  for (const node of [...op.nodes.values()]) {
    if (node.boundaryID !== boundary.id && node.id !== boundary.id) continue;
    const children = node.children?.filter((id) => op.get(id));
    if (children && children.length < (node.children?.length ?? 0)) op.update(node, { children });
    if (!isFulfilled(node.phase)) op.mark(node, "Failed", FAIL_FAST);
  }
}

/** Whether a failure among a boundary's children stops it; ends it once none of its children is at work any more. */
export function stoppedByFailure(op: Operation, node: NodeStatus, template: Template): boolean {
  const { failed, active } = op.census(node.id);
  if (!template.failFast || failed === 0) return false;
  if (active === 0) fail(op, node);
  return true;
}

/** Whether one more child may begin under a boundary. */
export function mayBegin(op: Operation, boundary: string | undefined, within: Template | undefined): boolean {
  if (boundary === undefined || !within) return true;
  const node = op.get(boundary);
  const limit = within.parallelism ?? 0;
  const stopped = node !== undefined && stoppedByFailure(op, node, within);
  const may = !stopped && (limit <= 0 || op.census(boundary).active < limit);
  if (!may) op.deferred = true;
  return may;
}

/** Whether the workflow may have one more pod. */
export function mayAddPod(op: Operation): boolean {
  const limit = op.spec.parallelism;
  const may = limit === undefined || op.activePods < limit;
  if (!may) op.deferred = true;
  return may;
}
