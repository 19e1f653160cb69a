// The parser of a workflow's three expression languages: `depends`, `when` and a retry's `expression`.
import { SpecError } from "./types.ts";

export type Expression =
  | { kind: "value"; value: string | number | boolean }
  | { kind: "word"; word: string }
  | { kind: "not"; of: Expression }
  | { kind: "negate"; of: Expression }
  | { kind: "list"; items: Expression[] }
  | { kind: "call"; name: string; args: Expression[] }
  | { kind: "binary"; op: string; left: Expression; right: Expression };

export interface Dialect {
  /** Matches an unquoted word; sticky. */
  word: RegExp;
  operators: ReadonlySet<string>;
  /** The bracket of a list: `(a, b)` in govaluate, `[a, b]` in expr. */
  list?: "(" | "[";
  functions?: ReadonlySet<string>;
  /** Methods without arguments, each with its dot, which stand after a bracket. */
  methods?: ReadonlySet<string>;
  numbers: boolean;
}

/** Operators of expr that are words, and their symbols. */
const WORD_FORMS: Record<string, string> = { and: "&&", or: "||" };
/** Operators of expr between two strings, or a value and a list; each may have a "not" before it. */
const RELATIONS = ["in", "contains", "startsWith", "endsWith", "matches"];

const PRECEDENCE: Record<string, number> = { "||": 1, "&&": 2 };
for (const op of ["==", "!=", "<", "<=", ">", ">=", "=~", "!~", ...RELATIONS]) PRECEDENCE[op] = 3;
for (const op of ["+", "-"]) PRECEDENCE[op] = 4;
for (const op of ["*", "/", "%"]) PRECEDENCE[op] = 5;

/** All operators of the two expression libraries, so that an unsupported one is named in a message, and not misread. */
const SYMBOLS = /\|\||&&|==|!=|=~|!~|<=|>=|<<|>>|\*\*|\?\?|\?\.|\.\.|[-+*/%<>!?:|&^=,()[\]{}#.]/y;
const NUMBER = /0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const WORD_OPERATORS = new Set([...RELATIONS, ...Object.keys(WORD_FORMS), "not", "let"]);

type Token = { type: "number" | "string" | "word" | "symbol" | "end"; text: string };

function tokens(source: string, dialect: Dialect): Token[] {
  const found: Token[] = [];
  const matchAt = (pattern: RegExp, index: number) => {
    const sticky = new RegExp(pattern.source, pattern.unicode ? "uy" : "y");
    sticky.lastIndex = index;
    return sticky.exec(source)?.[0];
  };
  for (let i = 0; i < source.length; ) {
    const char = source[i] ?? "";
    if (/\s/.test(char)) {
      i++;
      continue;
    }
    if (char === "'" || char === '"') {
      let text = "";
      let j = i + 1;
      for (; j < source.length && source[j] !== char; j++) {
        if (source[j] === "\\") j++;
        text += source[j] ?? "";
      }
      if (j >= source.length) throw new SpecError(`unclosed string at "${source.slice(i)}"`);
      found.push({ type: "string", text });
      i = j + 1;
      continue;
    }
    const number = dialect.numbers ? matchAt(NUMBER, i) : undefined;
    const word = matchAt(dialect.word, i);
    const text = number ?? word ?? matchAt(SYMBOLS, i);
    if (!text) throw new SpecError(`unexpected character ${JSON.stringify(char)}`);
    found.push({ type: number ? "number" : word ? "word" : "symbol", text });
    i += text.length;
  }
  return [...found, { type: "end", text: "" }];
}

export function parseExpression(source: string, dialect: Dialect): Expression {
  const input = tokens(source, dialect);
  let next = 0;
  const peek = (): Token => input[next] ?? { type: "end", text: "" };
  const take = (text: string) => {
    if (peek().text !== text || peek().type === "string") throw unexpected(`want ${JSON.stringify(text)}`);
    next++;
  };
  const isSymbol = (text: string) => peek().type === "symbol" && peek().text === text;

  const isNot = () => peek().type === "word" && peek().text === "not" && dialect.operators.has("not");

  function unexpected(hint?: string): SpecError {
    const { type, text } = peek();
    if (type === "end") return new SpecError(`unexpected end of expression${hint ? `: ${hint}` : ""}`);
    if (type === "symbol" || (type === "word" && WORD_OPERATORS.has(text))) {
      return new SpecError(`operator ${JSON.stringify(text)} is not supported here`);
    }
    return new SpecError(`unexpected ${JSON.stringify(text)}${hint ? `: ${hint}` : ""}`);
  }

  function items(close: string): Expression[] {
    const list: Expression[] = [];
    while (!isSymbol(close)) {
      list.push(binary(1));
      if (isSymbol(",")) next++;
      else break;
    }
    take(close);
    return list;
  }

  /** A value in brackets, with the call of a method that may follow it. */
  function method(of: Expression): Expression {
    const name = `.${input[next + 1]?.text ?? ""}`;
    if (!isSymbol(".") || !dialect.methods?.has(name)) return of;
    next += 2;
    take("(");
    take(")");
    return { kind: "call", name, args: [of] };
  }

  function primary(): Expression {
    const token = peek();
    if (token.type === "symbol") {
      if (token.text === "!" && dialect.operators.has("!")) {
        next++;
        return { kind: "not", of: primary() };
      }
      if (token.text === "-" && dialect.numbers) {
        next++;
        return { kind: "negate", of: primary() };
      }
      if (token.text === "(") {
        next++;
        const list = items(")");
        const [only] = list;
        if (list.length === 1 && only) return method(only);
        if (dialect.list === "(") return { kind: "list", items: list };
      }
      if (token.text === "[" && dialect.list === "[") {
        next++;
        return { kind: "list", items: items("]") };
      }
      throw unexpected();
    }
    if (token.type === "end") throw unexpected();
    if (isNot()) {
      next++;
      return { kind: "not", of: primary() };
    }
    if (token.type === "word" && WORD_OPERATORS.has(token.text) && dialect.numbers) throw unexpected();
    next++;
    if (token.type === "number") return { kind: "value", value: Number(token.text) };
    if (token.type === "string") return { kind: "value", value: token.text };
    if (dialect.numbers && (token.text === "true" || token.text === "false")) {
      return { kind: "value", value: token.text === "true" };
    }
    if (isSymbol("(")) {
      if (!dialect.functions?.has(token.text))
        throw new SpecError(`function ${JSON.stringify(token.text)} is not supported`);
      next++;
      return { kind: "call", name: token.text, args: items(")") };
    }
    return { kind: "word", word: token.text };
  }

  function binary(minimum: number): Expression {
    let left = primary();
    for (;;) {
      const isNegated = isNot() && RELATIONS.includes(input[next + 1]?.text ?? "");
      const { type, text } = isNegated ? (input[next + 1] ?? peek()) : peek();
      const op = type === "word" ? (WORD_FORMS[text] ?? text) : text;
      const precedence =
        type === "symbol" || (type === "word" && WORD_OPERATORS.has(text)) ? PRECEDENCE[op] : undefined;
      if (precedence === undefined || precedence < minimum || !dialect.operators.has(text)) return left;
      next += isNegated ? 2 : 1;
      const operation: Expression = { kind: "binary", op, left, right: binary(precedence + 1) };
      left = isNegated ? { kind: "not", of: operation } : operation;
    }
  }

  const expression = binary(1);
  if (peek().type !== "end") throw unexpected();
  return expression;
}

/** Every word of an expression, in order of appearance. */
export function words(expression: Expression): string[] {
  switch (expression.kind) {
    case "value":
      return [];
    case "word":
      return [expression.word];
    case "not":
    case "negate":
      return words(expression.of);
    case "list":
      return expression.items.flatMap(words);
    case "call":
      return expression.args.flatMap(words);
    case "binary":
      return [...words(expression.left), ...words(expression.right)];
  }
}
