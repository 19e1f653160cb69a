// Finds the cause of a workflow's failure: the pods, gates and calls that failed first, for the workflow's message.
import { cut } from "@agentic/api/text.ts";
import { shownName } from "./names.ts";
import { isFailure, type Operation } from "./operation.ts";
import type { NodeStatus } from "./types.ts";

/** A workflow's message is for lists and pages; the node has the whole text. */
const LONGEST = 1024;

const GROUPS: ReadonlySet<string> = new Set(["TaskGroup", "StepGroup"]);

/** Whether something ran because this node failed: its author had reckoned with it. */
const reckoned = (op: Operation, node: NodeStatus) =>
  op.children(node).some(({ phase }) => phase !== "Omitted" && phase !== "Skipped");

/** The failed nodes under a failed one at which its failure began, in the order of their ends. */
function origins(op: Operation, node: NodeStatus, members: ReadonlyMap<string, NodeStatus[]>): NodeStatus[] {
  if (node.type === "Retry") {
    const last = op.attempts(node).at(-1);
    return last && isFailure(last.phase) ? origins(op, last, members) : [node];
  }
  const failed = members.get(node.id) ?? [];
  const decisive = failed.filter((member) => !reckoned(op, member));
  const found = (decisive.length > 0 ? decisive : failed).flatMap((member) => origins(op, member, members));
  return found.length > 0 ? found : [node];
}

/**
 * The message of a workflow whose root node failed: the root's own, which is all that Argo tells, and what the failure
 * began with.
 */
export function failureMessage(op: Operation, root: NodeStatus): string | undefined {
  const members = new Map<string, NodeStatus[]>();
  for (const node of op.nodes.values()) {
    if (node.boundaryID === undefined || !isFailure(node.phase)) continue;
    if (GROUPS.has(node.type) || node.nodeFlag?.retried) continue;
    members.set(node.boundaryID, [...(members.get(node.boundaryID) ?? []), node]);
  }
  const all = origins(op, root, members)
    .filter(({ message }) => message)
    .sort((a, b) => (a.finishedAt ?? "").localeCompare(b.finishedAt ?? ""));
  const [first] = all;
  const own = root.message ?? "";
  if (!first?.message || own.includes(first.message)) return own || undefined;
  const name = root.type === "Retry" ? "" : `${shownName(first.displayName)}: `;
  const others = all.length > 1 ? ` (and ${all.length - 1} more)` : "";
  return `${own ? `${own}: ` : ""}${name}${cut(first.message, LONGEST, "…")}${others}`;
}
