// Every run comes to its end: no task waits for itself, and no template calls itself.
import { type Template, workflowRule } from "../../kinds/workflows.ts";
import { type Fields, fields, isText, items, texts } from "../../values.ts";

export const cycles = workflowRule(
  {
    name: "workflow-cycles",
    severity: "high",
    description: "No task depends on itself, and no template calls itself, directly or through others.",
    remedy: "Take one of the named dependencies or calls out.",
  },
  ({ templates }, report) => {
    for (const { template, path } of templates) {
      const tasks = items(fields(template.dag).tasks);
      const names = new Set(tasks.map(({ name }) => String(name)));
      const graph = new Map(tasks.map((task) => [String(task.name), neededBy(task, names)]));
      const circle = circleIn(graph);
      if (circle) report(`${path}.dag.tasks`, `${circle.join(" → ")} wait for each other`, "take one dependency out");
    }
    const calls = new Map(templates.map((one) => [one.name, calledBy(one)]));
    const circle = circleIn(calls);
    if (circle) report("spec.templates", `${circle.join(" → ")} call each other`, "take one call out");
  },
);

/** The tasks that a task waits for, by `dependencies` or in the expression `depends`. */
function neededBy(task: Fields, names: ReadonlySet<string>): string[] {
  const words = isText(task.depends) ? (task.depends.match(/[\w-]+/g) ?? []) : [];
  return [...texts(task.dependencies), ...words.filter((word) => names.has(word))];
}

/** The templates that a template calls without a condition; with `when` a template may well call itself. */
function calledBy({ template }: Template): string[] {
  const steps = Array.isArray(template.steps) ? template.steps.flatMap((group) => items(group)) : [];
  const tasks = [...items(fields(template.dag).tasks), ...steps];
  return tasks.filter(({ when }) => !isText(when)).flatMap((task) => (isText(task.template) ? [task.template] : []));
}

/** Names that lead back to the first of them; undefined where there is no way round. */
export function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, way: string[]): string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const found = visit(next, [...way, name]);
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
