// The nodes at which a node's work ends: whatever comes next is drawn as their child.
import type { Operation } from "./operation.ts";
import type { NodeStatus } from "./types.ts";

export function outboundNodes(op: Operation, node: NodeStatus): NodeStatus[] {
  switch (node.type) {
    case "Skipped":
    case "Suspend":
    case "Pod":
      return [node];
    case "TaskGroup":
      return node.children?.length ? op.children(node).flatMap((child) => outboundNodes(op, child)) : [node];
    case "Retry": {
      const last = op.children(node).at(-1);
      return last ? [last] : [];
    }
    default:
      return (node.outboundNodes ?? []).flatMap((id) => {
        const outbound = op.get(id);
        return outbound ? outboundNodes(op, outbound) : [];
      });
  }
}

export const outboundIds = (op: Operation, node: NodeStatus) => outboundNodes(op, node).map((outbound) => outbound.id);
