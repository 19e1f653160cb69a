// Asks a model through the gateway's OpenAI API, and takes only answers that satisfy a schema.
import { clean, cut } from "@agentic/api/text.ts";
import OpenAI, { APIConnectionTimeoutError, APIError, type ClientOptions } from "openai";
import type { ChatCompletionContentPart, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import type { Static, TSchema } from "typebox";
import { Check, Errors } from "typebox/value";
import { Agent, fetch } from "undici";
import { readSecret } from "./config.ts";
import type { Context } from "./context.ts";
import { PermanentError } from "./errors.ts";
import { retry } from "./retry.ts";
import { authorityFor } from "./trust.ts";

export interface Question<T extends TSchema> {
  /** What is asked, for logs: "page 2". */
  what: string;
  /** Name of the schema, letters and underscores. */
  name: string;
  schema: T;
  system: string;
  user: string;
  /** PNG files to look at. */
  images?: Uint8Array[];
}

export interface Model {
  ask<T extends TSchema>(question: Question<T>): Promise<Static<T>>;
}

const TIMEOUT_MS = 120_000;

/** A model busy with others' questions answers later; the rate limits of a minute have passed by then. */
const MODEL_RETRY = { withinMs: 120_000, baseMs: 500, capMs: 15_000 } as const;

/** The tenant's model behind the gateway. */
export function gatewayModel({ settings, signal, onRetry, log }: Context): Model {
  const ca = authorityFor(settings, settings.litellmUrl);
  const client = new OpenAI({
    baseURL: `${settings.litellmUrl.replace(/\/$/, "")}/v1`,
    apiKey: readSecret(settings, "litellm", "api-key"),
    // Retries are ours: with a time limit, and a line in the log.
    maxRetries: 0,
    timeout: TIMEOUT_MS,
    ...(ca ? trusting(ca) : {}),
  });

  async function complete(
    messages: ChatCompletionMessageParam[],
    { what, name, schema }: Question<TSchema>,
  ): Promise<string> {
    const started = performance.now();
    try {
      const answer = await retry(
        () =>
          client.chat.completions.create({
            model: settings.model,
            messages: messages.map(sendable),
            temperature: 0,
            response_format: { type: "json_schema", json_schema: { name, strict: true, schema: plain(schema) } },
          }),
        { ...MODEL_RETRY, what: `ask the model about ${what}`, signal, onRetry },
      );
      log.info(
        { ms: Math.round(performance.now() - started), tokens: answer.usage?.total_tokens },
        `model answered about ${what}`,
      );
      return answer.choices[0]?.message.content ?? "";
    } catch (error) {
      throw explain(error, settings.model);
    }
  }

  return {
    async ask(question) {
      const { system, user, images = [], schema, what } = question;
      const content: ChatCompletionContentPart[] = [
        { type: "text", text: user },
        ...images.map((png) => ({
          type: "image_url" as const,
          image_url: { url: `data:image/png;base64,${Buffer.from(png).toString("base64")}` },
        })),
      ];
      const messages: ChatCompletionMessageParam[] = [
        // Said in words as well: not every model behind the gateway knows response_format.
        {
          role: "system",
          content: `${system}\n\nAnswer with one JSON object that satisfies this schema:\n${JSON.stringify(plain(schema))}`,
        },
        { role: "user", content: images.length > 0 ? content : user },
      ];
      const first = await complete(messages, question);
      const read = parseAnswer(schema, first);
      if (read.ok) return read.value;
      log.warn(
        { problem: read.problem },
        `the model's answer about ${what} does not satisfy its schema, asking once more`,
      );
      const second = parseAnswer(
        schema,
        await complete(
          [
            ...messages,
            { role: "assistant", content: first },
            {
              role: "user",
              content: `That does not satisfy the schema: ${read.problem}. Answer again, with the JSON object only.`,
            },
          ],
          question,
        ),
      );
      if (second.ok) return second.value;
      throw new PermanentError(
        `model "${settings.model}" gave no usable answer about ${what}: ${second.problem}; a model that can answer in JSON is needed`,
      );
    },
  };
}

/** The message without half characters and controls, for which providers refuse the whole request. */
function sendable<M extends ChatCompletionMessageParam>(message: M): M {
  const { content } = message;
  if (typeof content === "string") return { ...message, content: clean(content) };
  if (!Array.isArray(content)) return message;
  return { ...message, content: content.map((part) => ("text" in part ? { ...part, text: clean(part.text) } : part)) };
}

/** Options of the client that trusts one authority alone. Agent and fetch must be of the same undici. */
function trusting(ca: string): Pick<ClientOptions, "fetch" | "fetchOptions"> {
  const dispatcher = new Agent({ connect: { ca }, bodyTimeout: 0, headersTimeout: 0 });
  return { fetch: fetch as never, fetchOptions: { dispatcher } as never };
}

/** TypeBox keeps what is no JSON Schema in hidden properties; the wire gets the rest. */
function plain(schema: TSchema): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema)) as Record<string, unknown>;
}

/** The JSON in an answer, which some models wrap in a code fence, checked against the schema. */
export function parseAnswer<T extends TSchema>(
  schema: T,
  answer: string,
): { ok: true; value: Static<T> } | { ok: false; problem: string } {
  const text = /```(?:json)?\s*\n(.*?)```/s.exec(answer)?.[1] ?? answer;
  let value: unknown;
  try {
    // What it says goes into stores and reports, which take neither half characters nor NUL.
    value = JSON.parse(text, (_, part: unknown) => (typeof part === "string" ? clean(part) : part));
  } catch {
    return { ok: false, problem: "it is no JSON" };
  }
  if (Check(schema, value)) return { ok: true, value: value as Static<T> };
  const problems = Errors(schema, value).slice(0, 3);
  return {
    ok: false,
    problem: problems.map(({ instancePath, message }) => `${instancePath || "/"} ${message}`).join(", "),
  };
}

/** The gateway's refusals, in words that say what to change. */
function explain(error: unknown, model: string): unknown {
  if (!(error instanceof APIError) || error instanceof APIConnectionTimeoutError) return error;
  if (error.status === 401)
    return new PermanentError(`the model gateway refused the key: check the Secret "litellm" (key api-key)`);
  if (error.status === 403) return new PermanentError(`the tenant's key may not use model "${model}"`);
  if (error.status === 400 || error.status === 404)
    return new PermanentError(
      `the model gateway refused the question for model "${model}": ${cut(clean(error.message), 200)}`,
    );
  return error;
}
