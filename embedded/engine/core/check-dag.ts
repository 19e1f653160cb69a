// Checks a DAG template: its tasks, their dependencies, and that a task refers only to tasks that it depends on.
import { type Plan, parseTarget, planDag } from "./dag-plan.ts";
import { repeats } from "./expand.ts";
import { anyString } from "./globals.ts";
import type { Problems } from "./problems.ts";
import { substitute } from "./substitute.ts";
import { type Call, type Dag, SpecError, type Template, type WorkflowSpec } from "./types.ts";
import type { VariableChecks } from "./variables.ts";

/** The methods of SpecCheck that the check of a DAG uses. */
interface ParentCheck {
  readonly problems: Problems;
  readonly spec: WorkflowSpec;
  /** Checks that names are valid and unique. */
  checkNames(list: readonly { name?: string }[], path: string): void;
  /** Checks the call of a task; returns the template that it calls. */
  checkCall(
    call: Call,
    path: string,
    siblings: ReadonlyMap<string, Template>,
    has: (tag: string) => boolean,
  ): Template | undefined;
}

export class DagChecks {
  readonly #parent: ParentCheck;
  readonly #variables: VariableChecks;
  readonly #siblings: ReadonlyMap<string, Template>;

  constructor(parent: ParentCheck, variables: VariableChecks, siblings: ReadonlyMap<string, Template>) {
    this.#parent = parent;
    this.#variables = variables;
    this.#siblings = siblings;
  }

  /** Checks the targets where they have no other variables than the workflow's arguments, as Argo does. */
  #checkTarget(target: string, plan: Plan, path: string): void {
    this.#variables.check(target, path, {});
    const argumentValues = new Map(
      (this.#parent.spec.arguments?.parameters ?? []).map((parameter) => [
        `workflow.parameters.${parameter.name}`,
        parameter.value ?? parameter.default,
      ]),
    );
    const resolved = substitute(target, (name) => anyString(argumentValues.get(name) ?? `{{${name}}}`));
    if (!resolved.includes("{{")) this.#parent.problems.check(() => void parseTarget(resolved, plan.tasks, path));
  }

  /** The plan of the DAG; undefined after recording why there is none. */
  #planOf(dag: Dag, path: string): Plan | undefined {
    try {
      return planDag(dag, "");
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      this.#parent.problems.invalid.push(`${path}.tasks: ${error.message}`);
      return undefined;
    }
  }

  check(template: Template, dag: Dag, path: string): void {
    const { problems } = this.#parent;
    const tasks = dag.tasks ?? [];
    problems.require(tasks.length > 0, `${path}.tasks`, "must have at least one task");
    this.#parent.checkNames(tasks, `${path}.tasks`);
    const uses = (field: "depends" | "dependencies") => tasks.some((task) => (task[field]?.length ?? 0) > 0);
    problems.require(
      !(uses("depends") && uses("dependencies")),
      path,
      "cannot use both 'depends' and 'dependencies' in the same DAG template",
    );
    for (const [index, task] of tasks.entries()) {
      problems.require(
        !uses("depends") || !task.continueOn,
        `${path}.tasks[${index}].continueOn`,
        "cannot be used with 'depends': use 'task.Failed' or 'task.Errored' in depends instead",
      );
      const hasDependencies = (task.depends?.length ?? 0) > 0 || (task.dependencies?.length ?? 0) > 0;
      problems.require(
        !hasDependencies || !/^\d/.test(task.name),
        `${path}.tasks[${index}].name`,
        "cannot begin with a digit when using either 'depends' or 'dependencies'",
      );
    }
    const plan = this.#planOf({ ...dag, tasks }, path);
    if (!plan) return;
    this.#checkTarget(dag.target ?? "", plan, `${path}.target`);
    const calledTemplates = new Map<string, Template | undefined>(tasks.map(({ name }) => [name, undefined]));
    const scopeOf = (task: Call) => ({
      kind: "tasks" as const,
      calls: calledTemplates,
      visible: (name: string) => plan.isAncestor(name, task.name),
      item: repeats(task),
    });
    for (const [index, task] of tasks.entries()) {
      const has = (tag: string) => this.#variables.hasValue(tag, scopeOf(task));
      calledTemplates.set(task.name, this.#parent.checkCall(task, `${path}.tasks[${index}]`, this.#siblings, has));
    }
    for (const [index, task] of tasks.entries()) {
      const taskPath = `${path}.tasks[${index}]`;
      const { depends } = task;
      if (depends) this.#checkResults(depends, tasks, taskPath);
      this.#variables.check({ ...task, depends: undefined }, taskPath, scopeOf(task));
    }
    const { dag: _, ...rest } = template;
    this.#variables.check(rest, path.replace(/\.dag$/, ""), {
      kind: "tasks",
      calls: calledTemplates,
    });
  }

  /** Checks that AnySucceeded and AllFailed, which count repetitions, are asked only of repeated tasks. */
  #checkResults(depends: string, tasks: Dag["tasks"], path: string): void {
    for (const [, name] of depends.matchAll(/([a-zA-Z0-9][-a-zA-Z0-9]*)\.(?:AnySucceeded|AllFailed)/g)) {
      const task = tasks.find((candidate) => candidate.name === name);
      this.#parent.problems.require(
        !task || repeats(task),
        `${path}.depends`,
        `task '${name}' does not contain any items: AnySucceeded and AllFailed need them`,
      );
    }
  }
}
