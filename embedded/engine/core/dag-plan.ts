// The plan of a DAG template, computed once: the dependencies and ancestors of its tasks, and an order to visit them in.
import { type Depends, parseDepends } from "./depends.ts";
import { type Dag, type DagTask, SpecError } from "./types.ts";

export interface Plan {
  tasks: ReadonlyMap<string, DagTask>;
  depends: ReadonlyMap<string, Depends>;
  /** The tasks that decide the DAG's phase: those named by `target`, else all tasks on which no other depends. */
  targets: string[];
  /** The targets and all their dependencies, dependencies first. */
  order: string[];
  /** Whether `other` is a direct or indirect dependency of `task`. */
  isAncestor(other: string, task: string): boolean;
}

/**
 * The tasks that a target names, split as in Argo: at each space, so that two spaces in a row have an empty name between them. Empty
 * for an empty target. Throws a SpecError with the field for a task that does not exist.
 */
export function parseTarget(target: string, tasks: { has(name: string): boolean }, field: string): string[] {
  if (target === "") return [];
  const names = [...new Set(target.split(" "))];
  for (const name of names) if (!tasks.has(name)) throw new SpecError(`${field}: target '${name}' is not defined`);
  return names;
}

/** Throws a SpecError for an unknown task or a cycle. `target` is the DAG's, after substitution. */
export function planDag(dag: Dag, target: string): Plan {
  const tasks = new Map(dag.tasks.map((task) => [task.name, task]));
  const depends = new Map<string, Depends>();
  const dependedOn = new Set<string>();
  for (const task of dag.tasks) {
    const parsed = parseDepends(task, (name) => tasks.get(name)?.continueOn);
    if (!parsed) continue;
    for (const name of parsed.tasks) {
      if (!tasks.has(name))
        throw new SpecError(`task '${task.name}' depends on '${name}', which is not a task of this template`);
      dependedOn.add(name);
    }
    depends.set(task.name, parsed);
  }
  const leaves = dag.tasks.map(({ name }) => name).filter((name) => !dependedOn.has(name));
  const targetNames = parseTarget(target, tasks, "dag.target");
  const targets = targetNames.length > 0 ? targetNames : leaves.sort();

  const order: string[] = [];
  const state = new Map<string, "open" | "done">();
  // All tasks are visited to find cycles; only those of the targets go into the order. No recursion: a chain may have thousands of tasks.
  const visit = (root: string, visited: string[]) => {
    const stack: { name: string; next: number }[] = [{ name: root, next: 0 }];
    if (state.has(root)) return;
    state.set(root, "open");
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const dependency = depends.get(top.name)?.tasks[top.next++];
      if (dependency === undefined) {
        state.set(top.name, "done");
        visited.push(top.name);
        stack.pop();
      } else if (state.get(dependency) === "open") {
        throw new SpecError(
          `tasks depend on each other in a cycle: ${stack.map(({ name }) => name).join(" -> ")} -> ${dependency}`,
        );
      } else if (!state.has(dependency)) {
        state.set(dependency, "open");
        stack.push({ name: dependency, next: 0 });
      }
    }
  };
  for (const name of targets) visit(name, order);
  for (const name of tasks.keys()) visit(name, []);

  const ancestors = new Map<string, Set<string>>();
  const ancestorsOf = (task: string): Set<string> => {
    const cached = ancestors.get(task);
    if (cached) return cached;
    const names = new Set<string>();
    const queue = [...(depends.get(task)?.tasks ?? [])];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (names.has(name)) continue;
      names.add(name);
      queue.push(...(depends.get(name)?.tasks ?? []));
    }
    ancestors.set(task, names);
    return names;
  };
  return { tasks, depends, targets, order, isAncestor: (other, task) => ancestorsOf(task).has(other) };
}
