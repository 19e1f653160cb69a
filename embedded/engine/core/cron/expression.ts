// Evaluates a CronWorkflow's `when` and `stopStrategy.expression`: a subset of expr, in which a time is a number of seconds.
import { evaluate, type Value } from "../evaluate.ts";
import { type Dialect, type Expression, parseExpression, words } from "../grammar.ts";
import { convert, EXPR_DIALECT } from "../retry-expression.ts";
import { Unsupported } from "../schema.ts";
import { SpecError } from "../types.ts";
import { evaluateWhen } from "../when.ts";
import type { CronWorkflow } from "./types.ts";

/** Seconds of the units in which a difference of two times is asked for. */
const UNITS: Readonly<Record<string, number>> = { ".Seconds": 1, ".Minutes": 60, ".Hours": 3600 };

const DIALECT: Dialect = {
  ...EXPR_DIALECT,
  operators: new Set([...EXPR_DIALECT.operators, "-"]),
  functions: new Set([...(EXPR_DIALECT.functions ?? []), "now"]),
  methods: new Set(Object.keys(UNITS)),
};

const variablesOf = ({ metadata, status = {} }: CronWorkflow): ReadonlyMap<string, Value> =>
  new Map<string, Value>([
    ["cronworkflow.name", metadata.name],
    ["cronworkflow.namespace", metadata.namespace],
    ["cronworkflow.failed", status.failed ?? 0],
    ["cronworkflow.succeeded", status.succeeded ?? 0],
    [
      "cronworkflow.lastScheduledTime",
      status.lastScheduledTime === undefined ? null : Date.parse(status.lastScheduledTime) / 1000,
    ],
    ["nil", null],
  ]);

function parse(text: string, variables: ReadonlyMap<string, Value>): Expression {
  const expression = parseExpression(text, DIALECT);
  for (const word of words(expression))
    if (!variables.has(word))
      throw new SpecError(`variable ${word} is not available here: use one of ${[...variables.keys()].join(", ")}`);
  return expression;
}

/** Whether an expression holds at a time (milliseconds since the epoch). Throws a SpecError where it can't be evaluated. */
export function evaluateCronExpression(text: string, cron: CronWorkflow, now: number): boolean {
  const variables = variablesOf(cron);
  const value = evaluate(parse(text, variables), {
    word: (name) => variables.get(name) ?? null,
    call: (name, args) => {
      if (name === "now") return now / 1000;
      const unit = UNITS[name];
      if (unit === undefined) return convert(name, args[0]);
      const [seconds] = args;
      if (typeof seconds !== "number") throw new SpecError(`${name}() needs a difference of two times`);
      return seconds / unit;
    },
  });
  if (typeof value !== "boolean") throw new SpecError(`expected true or false, got ${JSON.stringify(value)}`);
  return value;
}

/** The expression, where a `when` is one tag of an expression and nothing else. */
const expressionIn = (when: string): string | undefined => /^\s*\{\{\s*=([\s\S]*)\}\}\s*$/.exec(when)?.[1];

/** Throws where a `when` can't be evaluated, whatever the CronWorkflow's status is. */
export function checkCronWhen(when: string, cron: CronWorkflow): void {
  const expression = expressionIn(when);
  if (expression !== undefined) parse(expression, variablesOf(cron));
  else if (/\{\{\s*=/.test(when))
    throw new Unsupported("an expression tag ({{=…}}) must be the whole condition in this workflow engine");
  else evaluateCronWhen(when, cron, 0);
}

/** Throws where an expression of the stop strategy can't be understood. */
export const checkCronExpression = (text: string, cron: CronWorkflow): void => void parse(text, variablesOf(cron));

/** Whether the condition lets a Workflow be made now, milliseconds since the epoch. Throws a SpecError like {@link checkCronWhen}. */
export function evaluateCronWhen(when: string, cron: CronWorkflow, now: number): boolean {
  const expression = expressionIn(when);
  if (expression !== undefined) return evaluateCronExpression(expression, cron, now);
  const { name, namespace } = cron.metadata;
  // As in Argo, only texts are put in the place of a tag; a number stands in an expression.
  const text = when.replace(/\{\{\s*cronworkflow\.(name|namespace)\s*\}\}/g, (_, field) =>
    field === "name" ? name : namespace,
  );
  const unresolved = /\{\{[^}]*\}\}/.exec(text)?.[0];
  if (unresolved) throw new SpecError(`failed to resolve ${unresolved}: use an expression, such as {{= … }}`);
  return evaluateWhen(text, () => undefined).proceed;
}
