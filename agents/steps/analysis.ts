// analysis: has a model judge each page and look at its screenshot, and computes the job's confidence for the gate.
import { SEVERITIES } from "@agentic/api/template.ts";
import { type Static, Type } from "typebox";
import { AnswerError } from "../core/answer.ts";
import { type Context, type PreparedStep, prepared } from "../core/context.ts";
import {
  type Analysis,
  type FailedPage,
  fetchedPages,
  isFetched,
  noneRead,
  type PageAnalysis,
  rawHtmlOf,
  shownPageOf,
} from "../core/documents.ts";
import { describe, PermanentError } from "../core/errors.ts";
import type { Work } from "../core/graph.ts";
import { gatewayModel } from "../core/llm.ts";
import { judgementPrompt } from "../core/prompt.ts";
import { ARTIFACTS } from "../core/store.ts";
import { createReader } from "../page/reader.ts";
import type { Readings } from "../page/reading.ts";
import { hold, judge } from "../report/confidence.ts";
import { createViewer } from "../report/view.ts";

/** The model's judgement of one page. */
export const PageJudgement = Type.Object(
  {
    summary: Type.String({
      description: "What the page says on the objective, 1 to 5 sentences, nothing that it doesn't say.",
    }),
    facts: Type.Array(
      Type.Object(
        {
          name: Type.String({ description: "What the value is of, such as: Aria, price" }),
          value: Type.String({ description: "The value, word for word as the page has it." }),
        },
        { additionalProperties: false },
      ),
      { description: "Facts of the page on the objective." },
    ),
    findings: Type.Array(
      Type.Object(
        {
          severity: Type.Enum([...SEVERITIES]),
          text: Type.String({ description: "One sentence." }),
        },
        { additionalProperties: false },
      ),
      {
        description:
          "What a reader must know before trusting the page: contradictions, missing or doubtful information. high or critical only where a decision made on it would be wrong.",
      },
    ),
    confidence: Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        "How sure it is that summary and facts hold and meet the objective. Below 0.5 when the page says little or contradicts itself.",
    }),
    reasons: Type.Array(Type.String(), { description: "Why the confidence is what it is." }),
  },
  { additionalProperties: false },
);
export type PageJudgement = Static<typeof PageJudgement>;

export const reads = ["scrape", "screenshot"] as const;

export function prepare(context: Context): PreparedStep {
  const { settings, store, inputs, log, signal } = context;
  const model = gatewayModel(context);
  const view = createViewer(context, model);
  const reader = createReader(signal);
  const raw = rawHtmlOf(inputs);

  const work: Work<{ n: number }, PageAnalysis | FailedPage> = {
    load: async () => fetchedPages(await raw()).map(({ n }) => ({ n })),
    each: async ({ n }) => {
      const page = (await raw()).pages.find((candidate) => candidate.n === n);
      if (!page || !isFetched(page)) throw new PermanentError(`page ${n} is not in raw_html.json`);
      const { texts, problem } = await shownPageOf(inputs, n);
      let text: Readings["prompt"];
      try {
        text = await reader.read("prompt", { ...page, url: page.finalUrl, ...(texts && { shown: texts }) });
      } catch (error) {
        // A page that can't be read is left out; the others are analysed.
        if (!(error instanceof PermanentError)) throw error;
        log.warn({ n, error: describe(error) }, "page not read");
        return { n, url: page.url, error: describe(error) };
      }
      const { prompt, title, words, measure } = text;
      try {
        const [judgement, screenshotView] = await Promise.all([
          model.ask({
            what: `page ${n}`,
            name: "page_judgement",
            schema: PageJudgement,
            prompt: judgementPrompt(settings.objective, prompt),
          }),
          view(n, prompt),
        ]);
        const findings = judgement.findings.map(({ severity, text }) => ({ severity, url: page.url, text }));
        const bounded = hold({ ...judgement, findings }, { url: page.url, measure, problem });
        return { ...judgement, ...bounded, n, url: page.url, title, words, view: screenshotView };
      } catch (error) {
        if (!(error instanceof AnswerError)) throw error;
        log.warn({ n, error: describe(error) }, "page not judged");
        return { n, url: page.url, error: describe(error) };
      }
    },
    finish: async (results) => {
      const pages = results.filter((page): page is PageAnalysis => "summary" in page);
      const unread = results.filter((page): page is FailedPage => "error" in page);
      // A batch's pages are reported by the join, whatever became of them.
      if (pages.length === 0 && settings.batch === undefined) throw new PermanentError(noneRead(unread));
      const { confidence, reasons, findings } = judge(pages, await raw(), unread);
      const { jobId, objective, model: name } = settings;
      const document: Analysis = { jobId, objective, model: name, confidence, reasons, findings, pages, unread };
      const stored = await store.put(ARTIFACTS.analysis, JSON.stringify(document), "application/json");
      return { artifacts: [{ name: "analysis", ...stored }], confidence, reasons, findings };
    },
  };
  return prepared(work, 3, () => reader.close());
}
