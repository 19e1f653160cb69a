// What keeps a call from beginning: its caller's parallelism, or a failure beside it when its caller fails fast.
import type { Operation } from "./operation.ts";
import type { NodeStatus, Template } from "./types.ts";

export const FAIL_FAST = "template has failed or errored children and failFast enabled";

/** The step group that a failing Steps node is at. */
function lastGroup(op: Operation, boundary: NodeStatus): NodeStatus | undefined {
  let last: NodeStatus | undefined;
  for (const node of op.nodes.values()) {
    if (node.type === "StepGroup" && node.boundaryID === boundary.id) last = node;
  }
  return last;
}

/** Whether a failure among a boundary's children stops it; marks it failed once none of its children runs any more. */
export function stoppedByFailure(op: Operation, node: NodeStatus, template: Template): boolean {
  const { failed, active } = op.census(node.id);
  if (!template.failFast || failed === 0) return false;
  if (active === 0) {
    const group = template.steps ? lastGroup(op, node) : undefined;
    if (group) op.mark(group, "Failed", FAIL_FAST);
    op.mark(node, "Failed", FAIL_FAST);
  }
  return true;
}

/** Whether one more child may begin under a boundary. */
export function mayBegin(op: Operation, boundary: string | undefined, within: Template | undefined): boolean {
  if (boundary === undefined || !within) return true;
  const node = op.get(boundary);
  if (node && stoppedByFailure(op, node, within)) return false;
  const limit = within.parallelism ?? 0;
  return limit <= 0 || op.census(boundary).active < limit;
}

/** Whether the workflow may have one more pod. */
export function mayAddPod(op: Operation): boolean {
  const limit = op.spec.parallelism;
  return limit === undefined || op.activePods < limit;
}
