// Evaluates a retryStrategy's `expression` in a subset of expr: comparisons of numbers, strings and lists, and logical operators.
import { evaluate } from "./evaluate.ts";
import { type Dialect, type Expression, parseExpression, words } from "./grammar.ts";
import { SpecError } from "./types.ts";

/** The part of expr that every expression in it may use. */
export const EXPR_DIALECT: Dialect = {
  word: /[a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)*/y,
  operators: new Set(
    ["==", "!=", "<", "<=", ">", ">=", "&&", "||", "!"].concat(
      ["and", "or", "not"],
      ["in", "contains", "startsWith", "endsWith", "matches"],
    ),
  ),
  list: "[",
  functions: new Set(["asInt", "asFloat", "int", "float"]),
  numbers: true,
};

export interface LastRetry {
  retries: string;
  "lastRetry.exitCode": string;
  "lastRetry.status": string;
  "lastRetry.duration": string;
  "lastRetry.message": string;
}
const VARIABLES = ["retries", "lastRetry.exitCode", "lastRetry.status", "lastRetry.duration", "lastRetry.message"];

/** Parses an expression; throws a SpecError with what is not supported in it. */
export function parseRetryExpression(text: string): Expression {
  const expression = parseExpression(text, EXPR_DIALECT);
  for (const word of words(expression)) {
    if (!VARIABLES.includes(word))
      throw new SpecError(`variable ${word} is not available here: use one of ${VARIABLES.join(", ")}`);
  }
  return expression;
}

/** What a function that makes numbers makes of a value; throws a SpecError for what is no number. */
export function convert(name: string, value: unknown): number {
  const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw new SpecError(`${name}(${JSON.stringify(value)}): not a number`);
  return name === "asInt" || name === "int" ? Math.trunc(number) : number;
}

/** Whether the expression allows another attempt. */
export function evaluateRetry(text: string, last: LastRetry): boolean {
  const variables = new Map<string, string>(Object.entries(last));
  const value = evaluate(parseRetryExpression(text), {
    word: (name) => variables.get(name) ?? "",
    call: (name, args) => convert(name, args[0]),
  });
  if (typeof value !== "boolean")
    throw new SpecError(`unable to cast expression result '${JSON.stringify(value)}' to bool`);
  return value;
}
