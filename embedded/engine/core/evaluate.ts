// Evaluates `when` and a retry's `expression`, which share most operators; as strict about types as Argo's libraries for them.
import type { Expression } from "./grammar.ts";
import { SpecError } from "./types.ts";

/** Null: a variable that has no value. */
export type Value = string | number | boolean | null | Value[];

export interface Environment {
  word(name: string): Value;
  call?(name: string, args: Value[]): Value;
}

const show = (value: Value) => JSON.stringify(value);

function asBoolean(value: Value, op: string): boolean {
  if (typeof value !== "boolean")
    throw new SpecError(`value ${show(value)} cannot be used with the logical operator ${show(op)}`);
  return value;
}

function isEqual(left: Value, right: Value): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function asNumber(value: Value, op: string): number {
  if (typeof value !== "number")
    throw new SpecError(`value ${show(value)} cannot be used with the operator ${show(op)}: it is not a number`);
  return value;
}

function compare(left: Value, right: Value, op: string): boolean {
  const comparable =
    (typeof left === "number" && typeof right === "number") || (typeof left === "string" && typeof right === "string");
  if (!comparable) throw new SpecError(`values ${show(left)} and ${show(right)} cannot be compared with ${show(op)}`);
  if (op === "<") return left < right;
  if (op === "<=") return left <= right;
  return op === ">" ? left > right : left >= right;
}

/** Whether a text matches a regular expression of Go, which may begin with its flags. */
function matches(text: string, pattern: string): boolean {
  const [start = "", flags = ""] = /^\(\?([ims]+)\)/.exec(pattern) ?? [];
  let expression: RegExp;
  try {
    expression = new RegExp(pattern.slice(start.length), `u${[...new Set(flags)].join("")}`);
  } catch {
    throw new SpecError(`${show(pattern)} is not a valid regular expression`);
  }
  return expression.test(text);
}

function compareStrings(op: string, left: Value, right: Value): boolean {
  if (typeof left !== "string" || typeof right !== "string")
    throw new SpecError(
      `values ${show(left)} and ${show(right)} cannot be used with ${show(op)}: they are not strings`,
    );
  if (op === "contains") return left.includes(right);
  if (op === "startsWith") return left.startsWith(right);
  return op === "endsWith" ? left.endsWith(right) : matches(left, right);
}

function binary(op: string, left: Value, right: Value): Value {
  switch (op) {
    case "==":
      return isEqual(left, right);
    case "!=":
      return !isEqual(left, right);
    case "in": {
      if (!Array.isArray(right)) throw new SpecError(`the right side of "in" is not a list: ${show(right)}`);
      return right.some((item) => isEqual(left, item));
    }
    case "=~":
    case "!~":
      return matches(String(left), String(right)) === (op === "=~");
    case "contains":
    case "startsWith":
    case "endsWith":
    case "matches":
      return compareStrings(op, left, right);
    case "+":
      if (typeof left === "string" || typeof right === "string") return `${String(left)}${String(right)}`;
      return asNumber(left, op) + asNumber(right, op);
    case "-":
      return asNumber(left, op) - asNumber(right, op);
    case "*":
      return asNumber(left, op) * asNumber(right, op);
    case "/":
      return asNumber(left, op) / asNumber(right, op);
    case "%":
      return asNumber(left, op) % asNumber(right, op);
    default:
      return compare(left, right, op);
  }
}

export function evaluate(expression: Expression, env: Environment): Value {
  switch (expression.kind) {
    case "value":
      return expression.value;
    case "word":
      return env.word(expression.word);
    case "not":
      return !asBoolean(evaluate(expression.of, env), "!");
    case "negate":
      return -asNumber(evaluate(expression.of, env), "-");
    case "list":
      return expression.items.map((item) => evaluate(item, env));
    case "call": {
      const args = expression.args.map((arg) => evaluate(arg, env));
      if (!env.call) throw new SpecError(`function ${show(expression.name)} is not supported`);
      return env.call(expression.name, args);
    }
    case "binary": {
      if (expression.op === "&&" || expression.op === "||") {
        const left = asBoolean(evaluate(expression.left, env), expression.op);
        if (left === (expression.op === "||")) return left;
        return asBoolean(evaluate(expression.right, env), expression.op);
      }
      return binary(expression.op, evaluate(expression.left, env), evaluate(expression.right, env));
    }
  }
}
