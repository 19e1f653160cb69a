// Finds the outbound nodes of a node: the last ones in it, whose children are the nodes that follow.
import type { Operation } from "./operation.ts";
import type { NodeStatus } from "./types.ts";

export function outboundNodes(op: Operation, node: NodeStatus): NodeStatus[] {
  const inner = innerNodes(op, node);
  // A node that ended without any in it, as by failFast, is its own outbound node.
  return inner.length > 0 ? inner : [node];
}

function innerNodes(op: Operation, node: NodeStatus): NodeStatus[] {
  switch (node.type) {
    case "Skipped":
    case "Suspend":
    case "Pod":
      return [node];
    case "TaskGroup":
      return op.children(node).flatMap((child) => outboundNodes(op, child));
    case "Retry":
      return op.children(node).slice(-1);
    default:
      return (node.outboundNodes ?? []).flatMap((id) => {
        const outbound = op.get(id);
        return outbound ? outboundNodes(op, outbound) : [];
      });
  }
}

export const outboundIds = (op: Operation, node: NodeStatus) => outboundNodes(op, node).map((outbound) => outbound.id);
