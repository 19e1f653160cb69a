// Computes the phase of a DAG by a walk over its nodes, in which a task that did not run inherits the phase of its branch.
import { continuesOn, isCompleted, isFailure, isFulfilled, type Operation } from "./operation.ts";
import type { ContinueOn, NodeStatus, Phase } from "./types.ts";

interface Visit {
  id: string;
  /** The phase of the last node that ran on the way here. */
  branch: Phase;
}

/** The ids of the nodes after a node. Those after a Retry node are its hooks and the nodes after its attempts. */
function nextIds(op: Operation, node: NodeStatus): string[] {
  if (node.type !== "Retry") return node.children ?? [];
  return op.children(node).flatMap((child) => (child.nodeFlag?.hooked ? [child.id] : (child.children ?? [])));
}

/** The phase of a DAG. `targets` are node ids, with the failures that are ignored of each. A node that has not ended keeps the DAG running, with failFast too. */
export function dagPhase(
  op: Operation,
  root: NodeStatus,
  targets: ReadonlyMap<string, ContinueOn | undefined>,
  failFast: boolean,
): Phase {
  const phases = new Map<string, Phase | undefined>([...targets.keys()].map((id) => [id, undefined]));
  const queue: Visit[] = [];
  const seen = new Set<string>();
  const add = (ids: string[], branch: Phase) => {
    for (const id of ids) {
      const key = `${id}/${branch}`;
      if (!seen.has(key)) {
        seen.add(key);
        queue.push({ id, branch });
      }
    }
  };
  add(root.children ?? [], "Succeeded");
  for (let i = 0; i < queue.length; i++) {
    const visit = queue[i];
    const node = visit && op.get(visit.id);
    if (!visit || !node || !isFulfilled(node.phase)) return "Running";
    const branch = isCompleted(node.phase) ? node.phase : visit.branch;
    if (phases.has(node.id) && !isFailure(phases.get(node.id))) phases.set(node.id, branch);
    add(nextIds(op, node), branch);
  }
  let result: Phase = "Succeeded";
  for (const [id, continueOn] of targets) {
    const phase = phases.get(id);
    if (phase === undefined) {
      result = "Running";
      if (!failFast) break;
    } else if (isFailure(phase) && !continuesOn(continueOn, phase)) {
      result = phase;
      if (failFast) break;
    }
  }
  return result;
}
