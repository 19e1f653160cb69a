// Asks a model through the gateway's OpenAI API, and accepts only answers that satisfy a schema.
import { exchangeKey } from "@agentic/api/artifacts.ts";
import { CLAIM_HEADER } from "@agentic/api/budget-claim.ts";
import { BUDGET_EXHAUSTED } from "@agentic/api/failures.ts";
import { clean, cut } from "@agentic/api/text.ts";
import OpenAI, { APIConnectionTimeoutError, APIError, type ClientOptions } from "openai";
import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { Static, TSchema } from "typebox";
import { Agent, fetch } from "undici";
import { type Answer, AnswerError, readAnswer, readCompletion } from "./answer.ts";
import { readSecret } from "./config.ts";
import type { Context } from "./context.ts";
import { CredentialsError, describe, PermanentError, TransientError } from "./errors.ts";
import { digestOfQuestion, type Exchange } from "./exchange.ts";
import { type Prompt, retryPrompt, withSchema } from "./prompt.ts";
import { redactor } from "./redact.ts";
import { retry } from "./retry.ts";
import { chat } from "./traced-chat.ts";
import { authorityFor } from "./trust.ts";

export interface Question<T extends TSchema> {
  /** What the question is about, for logs: "page 2". */
  what: string;
  /** Name of the schema, letters and underscores. */
  name: string;
  schema: T;
  prompt: Prompt;
  /** PNG files to look at. */
  images?: Uint8Array[];
}

export interface Model {
  ask<T extends TSchema>(question: Question<T>): Promise<Static<T>>;
}

const TIMEOUT_MS = 120_000;

/** Retries long enough for a busy model, and for rate limits per minute. */
const MODEL_RETRY = { withinMs: 120_000, baseMs: 500, capMs: 15_000 } as const;

/** The tenant's model behind the gateway. Each answer that it gives is kept in the store with the digest of its question. */
export function gatewayModel({ settings, store, signal, onRetry, log, meter }: Context): Model {
  const ca = authorityFor(settings, settings.litellmUrl);
  const client = new OpenAI({
    baseURL: `${settings.litellmUrl.replace(/\/$/, "")}/v1`,
    apiKey: readSecret(settings, "litellm", "api-key"),
    // retry() below replaces the client's own retries: it has a time limit and logs each retry.
    maxRetries: 0,
    ...(settings.budgetClaim ? { defaultHeaders: { [CLAIM_HEADER]: settings.budgetClaim } } : {}),
    timeout: TIMEOUT_MS,
    ...(ca ? trusting(ca) : {}),
  });

  const { model, litellmUrl: url, tracing } = settings;
  const span = { model, url, redact: tracing?.hasPrompts ? redactor(settings) : undefined };

  async function complete(
    messages: ChatCompletionMessageParam[],
    { what, name, schema }: Question<TSchema>,
  ): Promise<Answer> {
    const started = performance.now();
    const request: ChatCompletionCreateParamsNonStreaming = {
      model: settings.model,
      messages: messages.map(sendable),
      temperature: 0,
      response_format: { type: "json_schema", json_schema: { name, strict: true, schema: withoutBounds(schema) } },
    };
    try {
      const { answer, completion } = await retry(
        async () =>
          await chat({ ...span, messages: request.messages }, async (described) => {
            const { data: completion, response } = await client.chat.completions.create(request).withResponse();
            // Before it is judged: an answer that can't be used is paid, too.
            meter.modelAnswered(settings.model, completion.usage);
            described(completion, response.headers);
            return { answer: readCompletion(completion), completion };
          }),
        { ...MODEL_RETRY, what: `ask the model about ${what}`, signal, onRetry },
      );
      const ms = Math.round(performance.now() - started);
      log.info({ ms, tokens: completion.usage?.total_tokens }, `model answered about ${what}`);
      const exchange: Exchange = { question: digestOfQuestion(request), name, what, ms, completion };
      await store.put(exchangeKey(settings.run, exchange.question), JSON.stringify(exchange), "application/json");
      return answer;
    } catch (error) {
      throw explainRefusal(error, settings.model);
    }
  }

  return {
    async ask(question) {
      const { prompt, images = [], schema, what } = question;
      const first = withSchema(prompt, plain(schema));
      const firstResult = readAnswer(schema, await complete(messagesOf(first, images), question));
      if (firstResult.ok) return firstResult.value;
      log.warn(
        { problem: firstResult.problem, explanation: firstResult.explanation },
        `the model's answer about ${what} can't be used, asking once more`,
      );
      const second = retryPrompt(first, firstResult.problem);
      const result = readAnswer(schema, await complete(messagesOf(second, images), question));
      if (result.ok) return result.value;
      const problem = result.explanation ? `${result.problem}: ${result.explanation}` : result.problem;
      throw new AnswerError(`model "${settings.model}" gave no usable answer about ${what}: ${problem}`);
    },
  };
}

function messagesOf({ system, user }: Prompt, images: readonly Uint8Array[]): ChatCompletionMessageParam[] {
  const content: ChatCompletionContentPart[] = [
    { type: "text", text: user },
    ...images.map((png) => ({
      type: "image_url" as const,
      image_url: { url: `data:image/png;base64,${Buffer.from(png).toString("base64")}` },
    })),
  ];
  return [
    { role: "system", content: system },
    { role: "user", content: images.length > 0 ? content : user },
  ];
}

/** The message without lone surrogates and control characters, because providers refuse a request that contains any. */
function sendable<M extends ChatCompletionMessageParam>(message: M): M {
  const { content } = message;
  if (typeof content === "string") return { ...message, content: clean(content) };
  if (!Array.isArray(content)) return message;
  return { ...message, content: content.map((part) => ("text" in part ? { ...part, text: clean(part.text) } : part)) };
}

/** Client options that trust one certificate authority only. Agent and fetch must come from the same undici. */
function trusting(ca: string): Pick<ClientOptions, "fetch" | "fetchOptions"> {
  const dispatcher = new Agent({ connect: { ca }, bodyTimeout: 0, headersTimeout: 0 });
  return { fetch: fetch as never, fetchOptions: { dispatcher } as never };
}

/** The schema as plain JSON Schema, without TypeBox's hidden properties. */
function plain(schema: TSchema): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema)) as Record<string, unknown>;
}

/**
 * The schema in the form that every provider accepts. Some refuse a request whose schema limits numbers, lengths or counts, so only the
 * prompt contains those limits, and the answer is checked against them.
 */
function withoutBounds(schema: TSchema): Record<string, unknown> {
  const bounds =
    /^(exclusiveM|m)(in|ax)imum$|^multipleOf$|^(min|max)(Length|Items|Properties)$|^(pattern|format|uniqueItems)$/;
  // A property may have the name of a bound. Its value is then a schema, an object, which a bound's value never is.
  const text = JSON.stringify(schema, (key, value: unknown) =>
    bounds.test(key) && (typeof value !== "object" || value === null) ? undefined : value,
  );
  return JSON.parse(text) as Record<string, unknown>;
}

/** The error for a refusal by the gateway, with a message that says what to change. */
function explainRefusal(error: unknown, model: string): unknown {
  if (error instanceof SyntaxError)
    return new TransientError(`the model gateway's answer is not JSON: ${describe(error)}`, { cause: error });
  if (!(error instanceof APIError) || error instanceof APIConnectionTimeoutError) return error;
  if (error.status === 401)
    return new CredentialsError(`the model gateway refused the key: check the Secret "litellm" (key api-key)`);
  if (error.status === 402) {
    const [, reason] = new RegExp(`(${BUDGET_EXHAUSTED}.*)`, "s").exec(error.message) ?? [];
    return new PermanentError(cut(clean(reason ?? `${BUDGET_EXHAUSTED}: ${error.message}`), 500));
  }
  if (error.status === 403 && error.message.includes(CLAIM_HEADER))
    return new CredentialsError(`the model gateway refused the step: ${cut(clean(error.message), 200)}`);
  if (error.status === 403) return new PermanentError(`the tenant's key may not use model "${model}"`);
  const message = `the model gateway refused the question for model "${model}": ${cut(clean(error.message), 200)}`;
  if (error.status === 404) return new PermanentError(message);
  // For example a question that is too long for the model, or that its content filter refuses: questions on other pages may succeed.
  if (error.status === 400 || error.status === 413 || error.status === 422) return new AnswerError(message);
  return error;
}
