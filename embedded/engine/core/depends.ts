// Parses a DAG task's `depends` or `dependencies`: the tasks in it, and whether their results let the task run.
import { type Dialect, type Expression, parseExpression } from "./grammar.ts";
import { type ContinueOn, type DagTask, SpecError } from "./types.ts";

const RESULTS = [
  "Succeeded",
  "Failed",
  "Errored",
  "Skipped",
  "Omitted",
  "Daemoned",
  "AnySucceeded",
  "AllFailed",
] as const;
export type TaskResult = (typeof RESULTS)[number];
export type TaskResults = Partial<Record<TaskResult, boolean>>;

const DIALECT: Dialect = {
  word: /[a-zA-Z0-9][-a-zA-Z0-9]*(?:\.[A-Za-z]+)?/y,
  operators: new Set(["&&", "||", "!"]),
  numbers: false,
};

export interface Depends {
  /** The names of the tasks in it, in order of first appearance. */
  tasks: string[];
  /** Whether the task may run, given the results of each of `tasks`. */
  isMet(results: (task: string) => TaskResults): boolean;
}

function parseWord(word: string): { task: string; result?: TaskResult } {
  const [task = "", result] = word.split(".");
  if (result === undefined) return { task };
  const taskResult = RESULTS.find((name) => name === result);
  if (!taskResult)
    throw new SpecError(`task result '${result}' for task '${task}' is invalid: use one of ${RESULTS.join(", ")}`);
  return { task, result: taskResult };
}

/** What a name without a result stands for: the task has succeeded, was skipped by its `when`, or runs as a daemon. */
const isSatisfied = (results: TaskResults) => Boolean(results.Succeeded || results.Skipped || results.Daemoned);

function holds(expression: Expression, results: (task: string) => TaskResults): boolean {
  switch (expression.kind) {
    case "word": {
      const { task, result } = parseWord(expression.word);
      return result ? Boolean(results(task)[result]) : isSatisfied(results(task));
    }
    case "not":
      return !holds(expression.of, results);
    case "binary":
      return expression.op === "&&"
        ? holds(expression.left, results) && holds(expression.right, results)
        : holds(expression.left, results) || holds(expression.right, results);
    default:
      throw new SpecError("only task names, results, &&, ||, ! and parentheses can stand in depends");
  }
}

/** The names of the tasks in an expression. Throws a SpecError for an expression that `holds` can't evaluate. */
function taskNames(expression: Expression): string[] {
  switch (expression.kind) {
    case "word":
      return [parseWord(expression.word).task];
    case "not":
      return taskNames(expression.of);
    case "binary":
      return [...taskNames(expression.left), ...taskNames(expression.right)];
    default:
      throw new SpecError("only task names, results, &&, ||, ! and parentheses can stand in depends");
  }
}

/**
 * The dependencies of a task; undefined where it has none. `continueOn` tells which failures of another task it ignores. Throws a
 * SpecError that says what is wrong with them.
 */
export function parseDepends(
  task: DagTask,
  continueOn: (task: string) => ContinueOn | undefined = () => undefined,
): Depends | undefined {
  if (task.depends) {
    const expression = parseExpression(task.depends, DIALECT);
    return { tasks: [...new Set(taskNames(expression))], isMet: (results) => holds(expression, results) };
  }
  const tasks = [...new Set(task.dependencies ?? [])];
  if (tasks.length === 0) return undefined;
  const isMet = (name: string, results: TaskResults) => {
    const { error, failed } = continueOn(name) ?? {};
    return isSatisfied(results) || Boolean((error && results.Errored) || (failed && results.Failed));
  };
  return { tasks, isMet: (results) => tasks.every((name) => isMet(name, results(name))) };
}
