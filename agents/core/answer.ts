// What a model's answer is: the text of a completion, or why there is none; and the JSON in that text.
import { clean, cut } from "@agentic/api/text.ts";
import type { Static, TSchema } from "typebox";
import { Check, Errors } from "typebox/value";
import { isTransientStatus, PermanentError, TransientError } from "./errors.ts";

/** A question to which the model gave no usable answer: the question's, or its page's, own trouble, not the gateway's. */
export class AnswerError extends PermanentError {
  override name = "AnswerError";
}

/** The text of an answer, perhaps empty, and why it is not what was asked for, where the answer itself says so. */
export interface Answer {
  text: string;
  problem?: string;
}

/** As much of a completion as counts here. Gateways and providers keep to it, or do not. */
interface Completion {
  choices?: {
    finish_reason?: unknown;
    error?: unknown;
    message?: { content?: unknown; refusal?: unknown; tool_calls?: unknown } | null;
  }[];
  error?: unknown;
}

/**
 * The answer in a completion that came with status 200. Throws a TransientError for an error in its place, as a gateway
 * sends one when its provider fails midway, and a PermanentError for one that no retry mends.
 */
export function readCompletion(body: unknown): Answer {
  if (typeof body !== "object" || body === null)
    throw new TransientError(`the model gateway answered with something that is not JSON: ${said(body)}`);
  const { choices, error } = body as Completion;
  const [choice] = Array.isArray(choices) ? choices : [];
  if (error && !choice) throw errorIn(error);
  if (choice?.error) throw errorIn(choice.error);
  if (!choice) return { text: "", problem: "the answer has no choices" };
  const { content, refusal, tool_calls: calls } = choice.message ?? {};
  const text = textOf(content);
  if (typeof refusal === "string" && refusal) return { text: "", problem: `the model refused: ${said(refusal)}` };
  if (choice.finish_reason === "content_filter")
    return { text: "", problem: "the provider's content filter held the answer back" };
  if (choice.finish_reason === "length") return { text, problem: "the answer was cut at the model's token limit" };
  if (text) return { text };
  const isCall = Array.isArray(calls) && calls.length > 0;
  return { text, problem: isCall ? "the model called a tool that it was not given" : "the answer is empty" };
}

/** Some providers answer in parts. */
function textOf(content: unknown): string {
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  const texts = parts.map((part) => {
    const text = typeof part === "object" && part !== null ? (part as { text?: unknown }).text : part;
    return typeof text === "string" ? text : "";
  });
  return clean(texts.join("")).trim();
}

/** Codes of OpenAI's errors, which others keep to, that the same question meets each time. */
const noRetryMends = new Set(["insufficient_quota", "context_length_exceeded", "model_not_found", "invalid_api_key"]);

function errorIn(error: unknown): Error {
  const { message, code, status } = (typeof error === "object" && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  const text = `the model gateway answered with an error: ${said(message ?? error)}`;
  const http = Number(status ?? code);
  if (noRetryMends.has(String(code ?? error))) return new PermanentError(text);
  return http >= 400 && http < 500 && !isTransientStatus(http) ? new PermanentError(text) : new TransientError(text);
}

function said(value: unknown): string {
  return cut(clean(typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing")), 200, "…");
}

export type Read<T extends TSchema> = { ok: true; value: Static<T> } | { ok: false; problem: string };

/** What the answer holds, or why it can't be used: its own words for that are truer than what they do to its JSON. */
export function readAnswer<T extends TSchema>(schema: T, { text, problem }: Answer): Read<T> {
  const read = parseAnswer(schema, text);
  if (read.ok) return read;
  return { ok: false, problem: problem ?? `it does not satisfy the schema: ${read.problem}` };
}

/** Places of an answer at which an object is looked for in vain; a page of braces must not take for ever. */
const MAX_STARTS = 32;

/**
 * The JSON object in an answer, which models wrap in words and in code fences of all kinds, checked against the schema. Of
 * several that satisfy it the last one counts: examples and drafts come before the answer.
 */
export function parseAnswer<T extends TSchema>(schema: T, answer: string): Read<T> {
  let found: Read<T> = { ok: false, problem: "it holds no JSON object" };
  for (const value of objectsIn(withoutThoughts(answer))) {
    if (Check(schema, value)) found = { ok: true, value: value as Static<T> };
    else if (!found.ok) {
      const errors = Errors(schema, value).slice(0, 3);
      const problem = errors.map(({ instancePath, message }) => `${instancePath || "/"} ${message}`).join(", ");
      found = { ok: false, problem };
    }
  }
  return found;
}

/** What a reasoning model writes before its answer. */
const thoughts = /^\s*<(think|thinking|thought|reasoning)>.*?(?:<\/\1>|$)/is;
/** Their end, where the prompt's template has opened them; beside a line end, which no JSON string holds. */
const endOfThoughts =
  /^.*?(?:\n\s*<\/(?:think|thinking|thought|reasoning)>|<\/(?:think|thinking|thought|reasoning)>\s*\n)(?=.*\{)/is;

/** The text behind a reasoning model's thoughts: these may hold drafts of the answer, and without an end hold none. */
function withoutThoughts(answer: string): string {
  return thoughts.test(answer) ? answer.replace(thoughts, "") : answer.replace(endOfThoughts, "");
}

/** The outermost JSON objects in a text, in order. */
function* objectsIn(text: string): Generator<unknown> {
  let at = text.indexOf("{");
  for (let vain = 0; at >= 0 && vain < MAX_STARTS; ) {
    const end = endOfObject(text, at);
    const value = end === undefined ? undefined : parsed(text.slice(at, end));
    if (value === undefined) vain++;
    else yield value;
    at = text.indexOf("{", value === undefined || end === undefined ? at + 1 : end);
  }
}

/** Behind the brace that closes the one at `start`; braces in JSON strings don't count. */
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
    // What it says goes into stores and reports, which take neither half characters nor NUL.
    return JSON.parse(text, (_, part: unknown) => (typeof part === "string" ? clean(part) : part));
  } catch {
    return undefined;
  }
}
