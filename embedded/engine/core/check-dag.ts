// The check of a DAG template: its tasks, what they depend on, and that they refer only to what comes before.
import { type Plan, parseTarget, planDag } from "./dag-plan.ts";
import { repeats } from "./expand.ts";
import { anyString } from "./globals.ts";
import type { Problems } from "./problems.ts";
import { substitute } from "./substitute.ts";
import { type Call, type Dag, SpecError, type Template, type WorkflowSpec } from "./types.ts";
import type { VariableChecks } from "./variables.ts";

/** The check that the template is a part of. */
interface WholeCheck {
  readonly problems: Problems;
  readonly spec: WorkflowSpec;
  /** Checks that names are valid and unique. */
  names(list: readonly { name?: string }[], path: string): void;
  /** Checks the call of a task, and finds the template that it calls. */
  call(call: Call, path: string, siblings: ReadonlyMap<string, Template>): Template | undefined;
}

export class DagChecks {
  readonly #check: WholeCheck;
  readonly #variables: VariableChecks;
  readonly #siblings: ReadonlyMap<string, Template>;

  constructor(check: WholeCheck, variables: VariableChecks, siblings: ReadonlyMap<string, Template>) {
    this.#check = check;
    this.#variables = variables;
    this.#siblings = siblings;
  }

  /** Checks the targets, as far as they are known before the DAG runs: with the workflow's arguments, as Argo does. */
  #target(target: string, plan: Plan, path: string): void {
    this.#variables.check(target, path, {});
    const argumentValues = new Map(
      (this.#check.spec.arguments?.parameters ?? []).map((parameter) => [
        `workflow.parameters.${parameter.name}`,
        parameter.value ?? parameter.default,
      ]),
    );
    const known = substitute(target, (name) => anyString(argumentValues.get(name) ?? `{{${name}}}`));
    if (!known.includes("{{")) this.#check.problems.check(() => void parseTarget(known, plan.tasks, path));
  }

  #plan(dag: Dag, path: string): Plan | undefined {
    try {
      return planDag(dag, "");
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      this.#check.problems.invalid.push(`${path}.tasks: ${error.message}`);
      return undefined;
    }
  }

  check(template: Template, dag: Dag, path: string): void {
    const { problems } = this.#check;
    const tasks = dag.tasks ?? [];
    problems.require(tasks.length > 0, `${path}.tasks`, "must have at least one task");
    this.#check.names(tasks, `${path}.tasks`);
    const uses = (field: "depends" | "dependencies") => tasks.some((task) => (task[field]?.length ?? 0) > 0);
    problems.require(
      !(uses("depends") && uses("dependencies")),
      path,
      "cannot use both 'depends' and 'dependencies' in the same DAG template",
    );
    for (const [index, task] of tasks.entries()) {
      const linked = (task.depends?.length ?? 0) > 0 || (task.dependencies?.length ?? 0) > 0;
      problems.require(
        !linked || !/^\d/.test(task.name),
        `${path}.tasks[${index}].name`,
        "cannot begin with a digit when using either 'depends' or 'dependencies'",
      );
    }
    const plan = this.#plan({ ...dag, tasks }, path);
    if (!plan) return;
    this.#target(dag.target ?? "", plan, `${path}.target`);
    const targets = new Map(
      tasks.map((task, index) => [task.name, this.#check.call(task, `${path}.tasks[${index}]`, this.#siblings)]),
    );
    for (const [index, task] of tasks.entries()) {
      const at = `${path}.tasks[${index}]`;
      const { depends } = task;
      if (depends) this.#results(depends, tasks, at);
      this.#variables.check({ ...task, depends: undefined }, at, {
        kind: "tasks",
        calls: targets,
        visible: (name) => plan.isAncestor(name, task.name),
        item: repeats(task),
      });
    }
    const { dag: _, ...rest } = template;
    this.#variables.check(rest, path.replace(/\.dag$/, ""), {
      kind: "tasks",
      calls: targets,
    });
  }

  /** AnySucceeded and AllFailed speak of a repeated task's repetitions. */
  #results(depends: string, tasks: Dag["tasks"], path: string): void {
    for (const [, name] of depends.matchAll(/([a-zA-Z0-9][-a-zA-Z0-9]*)\.(?:AnySucceeded|AllFailed)/g)) {
      const task = tasks.find((candidate) => candidate.name === name);
      this.#check.problems.require(
        !task || repeats(task),
        `${path}.depends`,
        `task '${name}' does not contain any items: AnySucceeded and AllFailed need them`,
      );
    }
  }
}
