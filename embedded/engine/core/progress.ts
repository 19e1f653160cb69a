// Computes progress as N/M: of M pods and suspend nodes that have begun, N have succeeded. Other nodes sum up the nodes below.
import type { NodeStatus, NodeType } from "./types.ts";

const executable = (type: NodeType) => type === "Pod" || type === "Suspend";

interface Count {
  done: number;
  all: number;
}

const countOf = (node: NodeStatus): Count => ({ done: node.phase === "Succeeded" ? 1 : 0, all: 1 });
const show = ({ done, all }: Count) => `${done}/${all}`;

function countBelow(node: NodeStatus, nodes: ReadonlyMap<string, NodeStatus>, seen: Set<string>): Count {
  const total = { done: 0, all: 0 };
  for (const id of node.children ?? []) {
    if (seen.has(id)) continue;
    seen.add(id);
    const child = nodes.get(id);
    if (!child) continue;
    const counts = [countBelow(child, nodes, seen), ...(executable(child.type) ? [countOf(child)] : [])];
    for (const { done, all } of counts) {
      total.done += done;
      total.all += all;
    }
  }
  return total;
}

/** The nodes with their progress, and the workflow's. */
export function withProgress(nodes: ReadonlyMap<string, NodeStatus>): {
  nodes: Map<string, NodeStatus>;
  progress: string;
} {
  const result = new Map<string, NodeStatus>();
  const total = { done: 0, all: 0 };
  for (const [id, node] of nodes) {
    const count = executable(node.type) ? countOf(node) : countBelow(node, nodes, new Set());
    if (executable(node.type)) {
      total.done += count.done;
      total.all += count.all;
    }
    const progress = count.all > 0 ? show(count) : node.progress;
    result.set(id, progress === undefined || progress === node.progress ? node : { ...node, progress });
  }
  return { nodes: result, progress: show(total) };
}
