// synthesis: has a model summarize all pages, and writes report.md.
import type { ReportChanges } from "@agentic/api/changes.ts";
import { type Context, type PreparedStep, prepared } from "../core/context.ts";
import { type Analysis, type DomStructures, rawHtmlOf } from "../core/documents.ts";
import { PermanentError } from "../core/errors.ts";
import type { Work } from "../core/graph.ts";
import { lazily } from "../core/lazily.ts";
import { gatewayModel } from "../core/llm.ts";
import { overviewPrompt } from "../core/prompt.ts";
import { ARTIFACTS } from "../core/store.ts";
import { Overview } from "../report/overview.ts";
import { writeReport } from "../report/report.ts";

export const reads = ["scrape", "dom", "analysis"] as const;

export function prepare(context: Context): PreparedStep {
  const { settings, store, inputs, log } = context;
  const changes: ReportChanges = settings.changes;
  const model = gatewayModel(context);
  const raw = rawHtmlOf(inputs);
  const analysis = lazily(() => inputs.of("analysis").json<Analysis>("analysis"));
  const dom = lazily(() => inputs.of("dom").json<DomStructures>("dom_structures"));

  // The overview is the step's only item: an attempt after the model has given it doesn't ask for it again.
  const work: Work<null, Overview> = {
    load: async () => [null],
    each: async () =>
      await model.ask({
        what: "all pages",
        name: "overview",
        schema: Overview,
        prompt: overviewPrompt(settings.objective, (await analysis()).pages, changes.instructions),
      }),
    finish: async ([overview]) => {
      if (!overview) throw new PermanentError("there is no overview to write a report from");
      const report = writeReport({
        settings,
        raw: await raw(),
        analysis: await analysis(),
        dom: await dom(),
        overview,
        digests: inputs.digests,
      });
      const stored = await store.put(ARTIFACTS.report, report, "text/markdown; charset=utf-8");
      log.info({ characters: report.length }, "report written");
      return { artifacts: [{ name: "report", ...stored }] };
    },
  };
  return prepared(work, 1);
}
