// Outbound nodes: the last nodes of a node's work, whose children are the nodes that follow.
import type { Operation } from "./operation.ts";
import type { NodeStatus } from "./types.ts";

export function outboundNodes(op: Operation, node: NodeStatus): NodeStatus[] {
  const found = inner(op, node);
  // One that ended before anything in it did, as by failing fast, is where its own work ends.
  return found.length > 0 ? found : [node];
}

function inner(op: Operation, node: NodeStatus): NodeStatus[] {
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
