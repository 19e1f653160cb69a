// Reads a model's answer: the text of a completion, or why there is none, and the JSON object in that text.
import { clean, cut } from "@agentic/api/text.ts";
import type { Static, TSchema } from "typebox";
import { Check, Errors } from "typebox/value";
import { isTransientStatus, PermanentError, TransientError } from "./errors.ts";

/** The model has given no usable answer to a question. The cause is the question or its page, not the gateway. */
export class AnswerError extends PermanentError {
  override name = "AnswerError";
}

/** The text of an answer, perhaps empty, and the problem that the completion itself reports, if any. */
export interface Answer {
  text: string;
  /** A fixed text, without words of the model, because the next prompt contains it. */
  problem?: string;
  /** The model's own explanation of the problem, for people. */
  explanation?: string;
}

/** The fields of a completion that are read. Providers may send other types, so each field is checked. */
interface Completion {
  choices?: {
    finish_reason?: unknown;
    error?: unknown;
    message?: { content?: unknown; refusal?: unknown; tool_calls?: unknown } | null;
  }[];
  error?: unknown;
}

/**
 * The answer in a completion of status 200. Where the body contains an error instead, as after a failure of the gateway's provider,
 * throws a TransientError, or a PermanentError if a retry cannot solve it.
 */
export function readCompletion(body: unknown): Answer {
  if (typeof body !== "object" || body === null)
    throw new TransientError(`the model gateway answered with something that is not JSON: ${excerpt(body)}`);
  const { choices, error } = body as Completion;
  const [choice] = Array.isArray(choices) ? choices : [];
  if (error && !choice) throw errorIn(error);
  if (choice?.error) throw errorIn(choice.error);
  if (!choice) return { text: "", problem: "the answer has no choices" };
  const { content, refusal, tool_calls: calls } = choice.message ?? {};
  const text = textOf(content);
  if (typeof refusal === "string" && refusal)
    return { text: "", problem: "the model refused", explanation: excerpt(refusal) };
  if (choice.finish_reason === "content_filter")
    return { text: "", problem: "the provider's content filter blocked the answer" };
  if (choice.finish_reason === "length") return { text, problem: "the answer was cut at the model's token limit" };
  if (text) return { text };
  const isCall = Array.isArray(calls) && calls.length > 0;
  return { text, problem: isCall ? "the model called a tool that it was not given" : "the answer is empty" };
}

/** The text of a message's content, which some providers send in parts. */
function textOf(content: unknown): string {
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  const texts = parts.map((part) => {
    const text = typeof part === "object" && part !== null ? (part as { text?: unknown }).text : part;
    return typeof text === "string" ? text : "";
  });
  return clean(texts.join("")).trim();
}

/** Codes of OpenAI's errors, which other providers use too, after which a retry gets the same error. */
const permanentCodes = new Set(["insufficient_quota", "context_length_exceeded", "model_not_found", "invalid_api_key"]);

function errorIn(error: unknown): Error {
  const { message, code, status } = (typeof error === "object" && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  const text = `the model gateway answered with an error: ${excerpt(message ?? error)}`;
  const http = Number(status ?? code);
  if (permanentCodes.has(String(code ?? error))) return new PermanentError(text);
  return http >= 400 && http < 500 && !isTransientStatus(http) ? new PermanentError(text) : new TransientError(text);
}

function excerpt(value: unknown): string {
  return cut(clean(typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing")), 200, "…");
}

export type ReadResult<T extends TSchema> =
  | { ok: true; value: Static<T> }
  | ({ ok: false; problem: string } & Pick<Answer, "explanation">);

/** The value in the answer, or why it can't be used: the answer's own problem, or else the error of its JSON. */
export function readAnswer<T extends TSchema>(schema: T, { text, problem, explanation }: Answer): ReadResult<T> {
  const read = parseAnswer(schema, text);
  if (read.ok) return read;
  return {
    ok: false,
    problem: problem ?? `it does not satisfy the schema: ${read.problem}`,
    ...(explanation === undefined ? {} : { explanation }),
  };
}

/** The most braces of an answer at which parsing an object may fail, so that an answer full of braces doesn't take too long. */
const MAX_STARTS = 32;

/**
 * The last JSON object in an answer that satisfies the schema. Models write prose and code fences around it, and examples and drafts
 * before it.
 */
export function parseAnswer<T extends TSchema>(schema: T, answer: string): ReadResult<T> {
  let result: ReadResult<T> = { ok: false, problem: "it contains no JSON object" };
  for (const value of objectsIn(withoutThoughts(answer))) {
    if (Check(schema, value)) result = { ok: true, value: value as Static<T> };
    else if (!result.ok) {
      const errors = Errors(schema, value).slice(0, 3);
      const problem = errors.map(({ instancePath, message }) => `${instancePath || "/"} ${message}`).join(", ");
      result = { ok: false, problem };
    }
  }
  return result;
}

/** The reasoning that some models write before their answer. */
const thoughts = /^\s*<(think|thinking|thought|reasoning)>.*?(?:<\/\1>|$)/is;
/** The end of a reasoning whose beginning is in the prompt. It must be next to a line end, which a JSON string can't contain. */
const endOfThoughts =
  /^.*?(?:\n\s*<\/(?:think|thinking|thought|reasoning)>|<\/(?:think|thinking|thought|reasoning)>\s*\n)(?=.*\{)/is;

/** The text after a model's reasoning, which may contain drafts of the answer; a reasoning without an end leaves no text. */
function withoutThoughts(answer: string): string {
  return thoughts.test(answer) ? answer.replace(thoughts, "") : answer.replace(endOfThoughts, "");
}

/** The outermost JSON objects in a text, in order. */
function* objectsIn(text: string): Generator<unknown> {
  let start = text.indexOf("{");
  for (let failures = 0; start >= 0 && failures < MAX_STARTS; ) {
    const end = endOfObject(text, start);
    const value = end === undefined ? undefined : parsed(text.slice(start, end));
    if (value === undefined) failures++;
    else yield value;
    start = text.indexOf("{", value === undefined || end === undefined ? start + 1 : end);
  }
}

/** The index after the brace that closes the one at `start`; braces in JSON strings don't count. */
function endOfObject(text: string, start: number): number | undefined {
  const tokens = /"(?:[^"\\]|\\.)*"|[{}]/gs;
  tokens.lastIndex = start;
  let depth = 0;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    if (token[0] === "{") depth++;
    else if (token[0] === "}" && --depth === 0) return tokens.lastIndex;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    // Stores and reports accept neither lone surrogates nor NUL.
    return JSON.parse(text, (_, part: unknown) => (typeof part === "string" ? clean(part) : part));
  } catch {
    return undefined;
  }
}
