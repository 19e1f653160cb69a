// Finds the causes of a workflow's failure, for its message: the pods, suspend nodes and calls at which the failure began.
import { cut } from "@agentic/api/text.ts";
import { shownName } from "./names.ts";
import { isFailure, type Operation } from "./operation.ts";
import type { NodeStatus } from "./types.ts";

/** The most characters of a node's message in the workflow's, which is shown in lists; the node has the whole text. */
const MAX_LENGTH = 1024;

const GROUP_TYPES: ReadonlySet<string> = new Set(["TaskGroup", "StepGroup"]);

/** Whether a failed node has a successor that ran: the workflow's author expects the failure. */
const isHandled = (op: Operation, node: NodeStatus) =>
  op.children(node).some(({ phase }) => phase !== "Omitted" && phase !== "Skipped");

/** The failed nodes under a failed node at which its failure began. `members` are the failed nodes of each template call. */
function origins(op: Operation, node: NodeStatus, members: ReadonlyMap<string, NodeStatus[]>): NodeStatus[] {
  if (node.type === "Retry") {
    const last = op.attempts(node).at(-1);
    return last && isFailure(last.phase) ? origins(op, last, members) : [node];
  }
  const failed = members.get(node.id) ?? [];
  const unhandled = failed.filter((member) => !isHandled(op, member));
  const inner = (unhandled.length > 0 ? unhandled : failed).flatMap((member) => origins(op, member, members));
  return inner.length > 0 ? inner : [node];
}

/**
 * The message of a workflow whose root node failed: the root's message, which is Argo's whole message, and that of the first node
 * that failed.
 */
export function failureMessage(op: Operation, root: NodeStatus): string | undefined {
  const members = new Map<string, NodeStatus[]>();
  for (const node of op.nodes.values()) {
    if (node.boundaryID === undefined || !isFailure(node.phase)) continue;
    if (GROUP_TYPES.has(node.type) || node.nodeFlag?.retried) continue;
    members.set(node.boundaryID, [...(members.get(node.boundaryID) ?? []), node]);
  }
  const failures = origins(op, root, members)
    .filter(({ message }) => message)
    .sort((a, b) => (a.finishedAt ?? "").localeCompare(b.finishedAt ?? ""));
  const [first] = failures;
  const rootMessage = root.message ?? "";
  if (!first?.message || rootMessage.includes(first.message)) return rootMessage || undefined;
  const name = root.type === "Retry" ? "" : `${shownName(first.displayName)}: `;
  const others = failures.length > 1 ? ` (and ${failures.length - 1} more)` : "";
  return `${rootMessage ? `${rootMessage}: ` : ""}${name}${cut(first.message, MAX_LENGTH, "…")}${others}`;
}
