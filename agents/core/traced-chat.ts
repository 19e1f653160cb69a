// The span of one question to a model, as OpenTelemetry's conventions on generative AI have it: no prompts, no answers.
// Source: https://github.com/open-telemetry/semantic-conventions-genai
import type { ChatCompletion } from "openai/resources/chat/completions";
import { traced } from "./traced.ts";

/** Header with the price of an answer in US dollars, by which LiteLLM says it where it knows the model's price. */
const COST_HEADER = "x-litellm-response-cost";

/** Runs the action within a span; the action says what was answered, as far as numbers and names go. */
export async function chat<T>(
  model: string,
  url: string,
  action: (describe: (body: ChatCompletion, headers: Headers) => void) => Promise<T>,
): Promise<T> {
  const { hostname, port } = new URL(url);
  const attributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "litellm",
    "gen_ai.request.model": model,
    "server.address": hostname,
    ...(port ? { "server.port": Number(port) } : {}),
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
      });
    }),
  );
}
