// Workflows must end: no task depends on itself, and no template calls itself.
import { callsOf, workflowRule } from "../../kinds/workflows.ts";
import { each, gather, independently } from "../../unknown.ts";
import { type Fields, fields, isText, items, texts } from "../../values.ts";

export const cycles = workflowRule({
  name: "workflow-cycles",
  severity: "high",
  description: "No task depends on itself, and no template calls itself, directly or through others.",
  remedy: "Remove one of the named dependencies or calls.",
  check: ({ templates, path: spec }, report) =>
    independently(
      () =>
        each(templates, ({ template, path }) => {
          const tasks = items(fields(template.dag).tasks);
          const names = new Set(gather(tasks, ({ name }) => [String(name)]));
          const graph = new Map(gather(tasks, (task) => [[String(task.name), dependenciesOf(task, names)] as const]));
          const circle = findCycle(graph);
          if (circle)
            report(`${path}.dag.tasks`, `${circle.join(" → ")} wait for each other`, "remove one of the dependencies");
        }),
      () => {
        const calls = new Map(
          gather(templates, ({ template }) => [[String(template.name), calleesOf(template)] as const]),
        );
        const circle = findCycle(calls);
        if (circle) report(`${spec}.templates`, `${circle.join(" → ")} call each other`, "remove one of the calls");
      },
    ),
});

/** The tasks that a task waits for, by `dependencies` or in the expression `depends`, as far as they are known. */
const dependenciesOf = (task: Fields, names: ReadonlySet<string>): string[] =>
  gather(["dependencies", "depends"], (how) => {
    if (how === "dependencies") return gather(texts(task.dependencies), (name) => [name]);
    const words = isText(task.depends) ? (task.depends.match(/[\w-]+/g) ?? []) : [];
    return words.filter((word) => names.has(word));
  });

/** The templates that a template calls without a condition; with `when` a template may well call itself. */
const calleesOf = (template: Fields): string[] =>
  gather(callsOf(template), ({ task }) => {
    if (isText(task.when)) return [];
    return isText(task.template) ? [task.template] : calleesOf(fields(task.inline));
  });

/** Names that form a cycle; undefined if there is no cycle. */
export function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: string[]): string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const found = visit(next, [...path, name]);
      if (found) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const found = visit(name, []);
    if (found) return found;
  }
  return undefined;
}
