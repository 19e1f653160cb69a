// Asks a model what pages' screenshots show, and which text their pictures contain.
import { screenshotName } from "@agentic/api/artifacts.ts";
import { AnswerError } from "../core/answer.ts";
import type { Context } from "../core/context.ts";
import { type PageView, screenshotProblemsOf } from "../core/documents.ts";
import { describe } from "../core/errors.ts";
import { lazily } from "../core/lazily.ts";
import type { Model } from "../core/llm.ts";
import { sightPrompt } from "../core/prompt.ts";
import { ScreenshotReading } from "./overview.ts";

/** Bytes of an image that models commonly accept. */
const MAX_IMAGE = 5 * 1024 * 1024;

/** A function that views the n-th page; `block` is the page's part of a prompt. */
export function createViewer(
  { settings, inputs, log }: Pick<Context, "settings" | "inputs" | "log">,
  model: Model,
): (n: number, block: string) => Promise<PageView> {
  const screenshots = inputs.has("screenshot") ? inputs.of("screenshot") : undefined;
  const problems = lazily(() => screenshotProblemsOf(screenshots));

  return async (n, block) => {
    const name = screenshotName(n);
    const problem = (await problems())[n];
    const screenshot = (await screenshots?.find(name))?.uri;
    if (!screenshots || !screenshot) return { problem: problem ?? "there is no screenshot of this page" };
    const png = await screenshots.bytes(name);
    if (png.byteLength > MAX_IMAGE) return { screenshot, problem: "the screenshot is too large for the model" };
    try {
      const sight = await model.ask({
        what: `screenshot ${n}`,
        name: "sight",
        schema: ScreenshotReading,
        prompt: sightPrompt(settings.objective, block),
        images: [png],
      });
      return { screenshot, sight, ...(problem ? { problem } : {}) };
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      log.warn({ n, error: describe(error) }, "screenshot not looked at");
      return { screenshot, problem: describe(error) };
    }
  };
}
