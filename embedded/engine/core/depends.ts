// A DAG task's `depends`: which tasks it names, and whether their results let it run.
import { type Dialect, type Expression, parseExpression } from "./grammar.ts";
import { type DagTask, SpecError } from "./types.ts";

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
  /** The tasks that it names, in order of first appearance. */
  tasks: string[];
  /** Whether the task may run, given what became of each of `tasks`. */
  met(results: (task: string) => TaskResults): boolean;
}

function split(word: string): { task: string; result?: TaskResult } {
  const [task = "", result] = word.split(".");
  if (result === undefined) return { task };
  const known = RESULTS.find((name) => name === result);
  if (!known)
    throw new SpecError(`task result '${result}' for task '${task}' is invalid: want one of ${RESULTS.join(", ")}`);
  return { task, result: known };
}

/** A bare name means that the task went well enough: succeeded, was skipped by its `when`, or runs as a daemon. */
const wentWell = (results: TaskResults) => Boolean(results.Succeeded || results.Skipped || results.Daemoned);

function holds(expression: Expression, results: (task: string) => TaskResults): boolean {
  switch (expression.kind) {
    case "word": {
      const { task, result } = split(expression.word);
      return result ? Boolean(results(task)[result]) : wentWell(results(task));
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

function check(expression: Expression): string[] {
  switch (expression.kind) {
    case "word":
      return [split(expression.word).task];
    case "not":
      return check(expression.of);
    case "binary":
      return [...check(expression.left), ...check(expression.right)];
    default:
      throw new SpecError("only task names, results, &&, ||, ! and parentheses can stand in depends");
  }
}

/** What the task depends on; undefined when on nothing. Throws a SpecError that says what is wrong with it. */
export function parseDepends(task: DagTask): Depends | undefined {
  if (task.depends) {
    const expression = parseExpression(task.depends, DIALECT);
    return { tasks: [...new Set(check(expression))], met: (results) => holds(expression, results) };
  }
  const tasks = [...new Set(task.dependencies ?? [])];
  if (tasks.length === 0) return undefined;
  return { tasks, met: (results) => tasks.every((name) => wentWell(results(name))) };
}
