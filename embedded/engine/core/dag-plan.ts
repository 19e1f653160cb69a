// What a DAG template's tasks depend on, worked out once: dependencies, ancestors, an order to visit them in.
import { type Depends, parseDepends } from "./depends.ts";
import { type Dag, type DagTask, SpecError } from "./types.ts";

export interface Plan {
  tasks: ReadonlyMap<string, DagTask>;
  depends: ReadonlyMap<string, Depends>;
  /** Tasks whose fate is the DAG's: those named by `target`, else all that nothing depends on. */
  targets: string[];
  /** The targets and all that they depend on, dependencies first. */
  order: string[];
  /** Whether `other` is a direct or indirect dependency of `task`. */
  isAncestor(other: string, task: string): boolean;
}

/**
 * The tasks that a target names, as Argo splits it: two blanks have a task without a name between them. None for an empty
 * one. Throws a SpecError that names the field for a task that there isn't.
 */
export function parseTarget(target: string, tasks: { has(name: string): boolean }, field: string): string[] {
  if (target === "") return [];
  const names = [...new Set(target.split(" "))];
  for (const name of names) if (!tasks.has(name)) throw new SpecError(`${field}: target '${name}' is not defined`);
  return names;
}

/** Throws a SpecError for an unknown task or a cycle. `target` is the DAG's, with its variables put in. */
export function planDag(dag: Dag, target: string): Plan {
  const tasks = new Map(dag.tasks.map((task) => [task.name, task]));
  const depends = new Map<string, Depends>();
  const needed = new Set<string>();
  for (const task of dag.tasks) {
    const parsed = parseDepends(task);
    if (!parsed) continue;
    for (const name of parsed.tasks) {
      if (!tasks.has(name))
        throw new SpecError(`task '${task.name}' depends on '${name}', which is not a task of this template`);
      needed.add(name);
    }
    depends.set(task.name, parsed);
  }
  const leaves = dag.tasks.map(({ name }) => name).filter((name) => !needed.has(name));
  const named = parseTarget(target, tasks, "dag.target");
  const targets = named.length > 0 ? named : leaves.sort();

  const order: string[] = [];
  const state = new Map<string, "open" | "done">();
  // Every task is visited for cycles; only the targets' are kept. No recursion: a chain may be thousands long.
  const visit = (root: string, into: string[]) => {
    const stack: { name: string; next: number }[] = [{ name: root, next: 0 }];
    if (state.has(root)) return;
    state.set(root, "open");
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const dependency = depends.get(top.name)?.tasks[top.next++];
      if (dependency === undefined) {
        state.set(top.name, "done");
        into.push(top.name);
        stack.pop();
      } else if (state.get(dependency) === "open") {
        throw new SpecError(
          `tasks depend on each other in a circle: ${stack.map(({ name }) => name).join(" -> ")} -> ${dependency}`,
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
    const known = ancestors.get(task);
    if (known) return known;
    const found = new Set<string>();
    const queue = [...(depends.get(task)?.tasks ?? [])];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      queue.push(...(depends.get(name)?.tasks ?? []));
    }
    ancestors.set(task, found);
    return found;
  };
  return { tasks, depends, targets, order, isAncestor: (other, task) => ancestorsOf(task).has(other) };
}
