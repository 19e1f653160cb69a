// The span of one question to a model, as OpenTelemetry's conventions on generative AI have it; prompts and answers only where the tenant asks.
// Source: https://github.com/open-telemetry/semantic-conventions-genai
import type { ChatCompletion, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { traced } from "./traced.ts";

/** Header with the price of an answer in US dollars, by which LiteLLM says it where it knows the model's price. */
const COST_HEADER = "x-litellm-response-cost";

export interface ChatOptions {
  model: string;
  /** Of the gateway. */
  url: string;
  messages: readonly ChatCompletionMessageParam[];
  /** Makes what is asked and answered fit for the span. Absent: the span has none of it. */
  redact: ((text: string) => string) | undefined;
}

/** Runs the action within a span; the action says what was answered. */
export async function chat<T>(
  { model, url, messages, redact }: ChatOptions,
  action: (describe: (body: ChatCompletion, headers: Headers) => void) => Promise<T>,
): Promise<T> {
  const { hostname, port } = new URL(url);
  const attributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "litellm",
    "gen_ai.request.model": model,
    "server.address": hostname,
    ...(port ? { "server.port": Number(port) } : {}),
    ...(redact ? asked(messages, redact) : {}),
  };
  return await traced(`chat ${model}`, { attributes, isCall: true }, (span) =>
    action((body, headers) => {
      const cost = Number(headers.get(COST_HEADER) ?? Number.NaN);
      const reasons = body.choices
        ?.map((choice) => choice.finish_reason)
        .filter((reason) => typeof reason === "string");
      span.setAttributes({
        ...(body.model ? { "gen_ai.response.model": body.model } : {}),
        ...(body.usage ? { "gen_ai.usage.input_tokens": body.usage.prompt_tokens } : {}),
        ...(body.usage ? { "gen_ai.usage.output_tokens": body.usage.completion_tokens } : {}),
        ...(reasons?.length ? { "gen_ai.response.finish_reasons": reasons } : {}),
        ...(Number.isFinite(cost) && cost > 0 ? { "agentic.cost.usd": cost } : {}),
        ...(redact ? answered(body, redact) : {}),
      });
    }),
  );
}

type Redact = (text: string) => string;

/** The question's attributes: JSON in the conventions' form, without pictures. */
function asked(messages: readonly ChatCompletionMessageParam[], redact: Redact): Record<string, string> {
  const parts = ({ content }: ChatCompletionMessageParam) =>
    (typeof content === "string" ? [{ type: "text", text: content }] : (content ?? [])).map((part) =>
      "text" in part ? { type: "text", content: redact(part.text) } : { type: part.type },
    );
  const system = messages.filter(({ role }) => role === "system");
  const others = messages.filter(({ role }) => role !== "system");
  return {
    "gen_ai.system_instructions": JSON.stringify(system.flatMap(parts)),
    "gen_ai.input.messages": JSON.stringify(others.map((each) => ({ role: each.role, parts: parts(each) }))),
  };
}

function answered({ choices = [] }: ChatCompletion, redact: Redact): Record<string, string> {
  const messages = choices.map(({ message, finish_reason }) => ({
    role: "assistant",
    parts: [{ type: "text", content: redact(message?.content ?? "") }],
    finish_reason,
  }));
  return { "gen_ai.output.messages": JSON.stringify(messages) };
}
