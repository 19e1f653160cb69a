// Evaluates `when`: an expression of govaluate, in which an unquoted word is a string.
import { evaluate } from "./evaluate.ts";
import { type Dialect, parseExpression } from "./grammar.ts";
import { type Lookup, substituteQuoted } from "./substitute.ts";
import { SpecError } from "./types.ts";

const DIALECT: Dialect = {
  word: /[\p{L}_][\p{L}\p{N}_]*/u,
  operators: new Set(["==", "!=", "<", "<=", ">", ">=", "=~", "!~", "in", "&&", "||", "!", "+", "-", "*", "/", "%"]),
  list: "(",
  numbers: true,
};

export interface When {
  proceed: boolean;
  /** The condition with its variables replaced, as the message of a skipped node shows it. */
  shown: string;
}

/** Evaluates a condition; throws a SpecError where it is not a valid one. */
export function evaluateWhen(when: string | undefined, lookup: Lookup): When {
  if (!when) return { proceed: true, shown: "" };
  const { shown, safe } = substituteQuoted(when, lookup);
  if (shown === "") return { proceed: true, shown };
  try {
    const value = evaluate(parseExpression(safe, DIALECT), { word: (name) => name });
    if (typeof value !== "boolean") throw new SpecError(`expected a boolean, got ${JSON.stringify(value)}`);
    return { proceed: value, shown };
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw new SpecError(
      `Invalid 'when' expression '${shown}': ${error.message} (hint: try wrapping the affected expression in quotes ("))`,
    );
  }
}

/** The condition of a whole repeated task, where it can be evaluated without an item. */
export function wholeCondition(task: { when?: string }, lookup: Lookup): ReturnType<typeof evaluateWhen> | undefined {
  if (!task.when) return undefined;
  try {
    return evaluateWhen(task.when, lookup);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return undefined;
  }
}
